#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/certificate_request.hpp"
#include "shared/endorsement/certified_key.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace troth::appraisal {

/// What a machine shows to have a TLS key certified.
struct key_enrolment {
  crypto::certificate_request asked;
  bytes report;
  std::optional<endorsement::key_statement> statement; ///< None: the key is in a file.
};

/// What the report of an enrolment says of the machine, if a verifier lets it pass.
struct enrolling_machine {
  std::string name; ///< By a CA of attestation keys; empty: none of them names it.
};

/// Checks all of an enrolment that does not need a verifier: that the key, if it is in a TPM, is
/// in the one which signed the very report, and what that machine is called.
///
/// @param nonce  what report and statement must answer: `endorsement::enrolment_nonce`.
/// @param ak_cas whose word it is what a machine is called.
/// @returns what `report::parse_report` and `endorsement::check_certified_key` return; `missing`
/// for
///          a report without a TPM's evidence, or without the certificate of its key, where the key
///          is in a TPM; `malformed` for such a certificate.
/// @note Means nothing until a verifier has appraised the same report for the same nonce: the
///       chain of the attestation key and its signature are the verifier's.
result<enrolling_machine> check_enrolment(const key_enrolment& of, byte_view nonce,
                                          std::span<const crypto::certificate> ak_cas,
                                          time_point now);

/// What a report must have come to.
enum class wanted_verdict : std::uint8_t { success, success_or_warning };

/// Checks what a verifier says of an enrolment's report.
///
/// @param result cmc's attestation result, JSON.
/// @returns `untrusted`, with the rules that failed, unless it is as wanted; `malformed` for what
/// is
///          no result.
result<void> check_verdict(std::string_view result, wanted_verdict wanted);

} // namespace troth::appraisal
