#pragma once

#include "shared/appraisal/certificates.hpp"
#include "shared/appraisal/evidence_inputs.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/report/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troth::appraisal {

/// What an attestation key's certificates are held to, and how findings call it.
struct key_requirements {
  const rule& certificate; ///< It is one.
  const rule& role;        ///< It is not a CA's.
  const rule& chain;
  const rule& fingerprint; ///< Where the policy asks for it.
  std::string_view wanted_certificate;
  std::string_view wanted_chain;
};

/// Checks the certificates that came with an evidence, and notes them in its result.
/// @param pool of the roots that vouch for such keys. @param fingerprints of the root manifest.
/// @returns what is known of them: whom to ask is for `path`, not for `leaf` alone.
const certificate_pool::chain&
check_key_certificates(const evidence_inputs& in, certificate_pool& pool,
                       const std::vector<std::string>& fingerprints, const key_requirements& wanted,
                       ledger& book, report::signature_result& into);

} // namespace troth::appraisal
