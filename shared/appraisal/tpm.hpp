#pragma once

#include "shared/appraisal/certificates.hpp"
#include "shared/appraisal/evidence_inputs.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/report/result.hpp"

#include <string>
#include <vector>

namespace troth::appraisal {

/// Appraises a TPM quote with its logs: bytes -> quote -> authentic quote -> authentic
/// logs -> replay against the quoted PCRs and the reference values.
///
/// @param pool of the roots that vouch for attestation keys.
/// @param ca_fingerprints what the root manifest accepts, hex SHA-256.
report::measurement_result appraise_tpm(const evidence_inputs& in, certificate_pool& pool,
                                        const std::vector<std::string>& ca_fingerprints,
                                        ledger& book);

} // namespace troth::appraisal
