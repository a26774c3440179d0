#pragma once

#include "shared/appraisal/rules.hpp"

// What is asked of an Azure confidential virtual machine beside what is asked of its hardware and
// of its TPM.

namespace troth::appraisal::rules {

inline constexpr std::string_view azure_runtime
  = "Microsoft, Guest attestation for confidential VMs (runtime data)";

inline constexpr rule azure_format{"azure.format", azure_runtime, error_code::parse_evidence,
                                   false};
inline constexpr rule azure_claims{"azure.claims", azure_runtime, error_code::verify_evidence,
                                   false};
inline constexpr rule azure_nonce{"azure.nonce", azure_runtime, error_code::freshness, false};
inline constexpr rule azure_hardware{"azure.hardware", azure_runtime, error_code::verify_evidence,
                                     false};
inline constexpr rule azure_attestation_key{"azure.attestation_key", azure_runtime,
                                            error_code::verify_evidence, false};

} // namespace troth::appraisal::rules
