#pragma once

#include "shared/appraisal/rules.hpp"

// What is asked of a device with a PSA root of trust, whose evidence cmc calls `IAS Evidence`.

namespace troth::appraisal::rules {

inline constexpr std::string_view psa_components = "RFC 9783, 4.4.1; RFC 9334, 8.3";

// Who signed.
inline constexpr rule psa_format{"psa.format", "RFC 9783, 4; RFC 9052, 4.2",
                                 error_code::parse_evidence, false};
inline constexpr rule psa_certificate{"psa.certificate", "RFC 5280, 4", error_code::parse_cert,
                                      false};
inline constexpr rule psa_chain{"psa.chain", "RFC 5280, 6", error_code::verify_cert_chain, false};
inline constexpr rule psa_ca_fingerprint{"psa.ca_fingerprint", "cmc metadata, caFingerprints",
                                         error_code::ca_fingerprint, true};
inline constexpr rule psa_signature{"psa.signature", "RFC 9052, 4.4", error_code::verify_signature,
                                    false};
inline constexpr rule psa_nonce{"psa.nonce", "RFC 9783, 4.1.1 (nonce)", error_code::freshness,
                                false};

// What it is, and what it runs.
inline constexpr rule psa_lifecycle{"psa.lifecycle", "RFC 9783, 4.3.1 (security lifecycle)",
                                    error_code::verify_measurement, false};
inline constexpr rule psa_component{"psa.component", psa_components, error_code::ref_val_no_match,
                                    false};
inline constexpr rule psa_reference{"psa.reference", psa_components,
                                    error_code::ref_val_not_present, false};

} // namespace troth::appraisal::rules
