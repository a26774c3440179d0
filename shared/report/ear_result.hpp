#pragma once

#include "shared/report/ear.hpp"
#include "shared/report/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace troth::report {

/// Whether a token may say what came of an appraisal against roots or a time of the caller's own
/// choice: with the verifier's signature it would affirm whatever the caller likes.
enum class caller_inputs : std::uint8_t { refused = 1, accepted };

/// What a verifier says of itself and of its tokens.
struct ear_options {
  std::string profile{ietf_profile};
  std::string developer = "Troth";
  std::string build;                 ///< Its version.
  std::string issuer;                ///< Empty: not told.
  std::vector<std::string> audience; ///< Empty: not told.
  std::chrono::seconds lifetime{300};
  caller_inputs chosen = caller_inputs::refused;
};

/// Says in EAR's claims what an appraisal found: a part for each measured trust anchor, `TPM`,
/// `SNP` and so on, or the part `report` if none was measured.
///
/// No status is better than the verdict on the whole report, since relying parties may read one
/// part alone; evidence of a software key, or of simulated
/// hardware, is `warning` at best. The nonce is told if the report
/// answered it.
///
/// @returns the claims; `forbidden` for caller inputs that are refused.
result<ear_claims> make_ear(const attestation_result& value, const ear_options& options);

} // namespace troth::report
