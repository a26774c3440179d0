#pragma once

#include "shared/appraisal/certificates.hpp"
#include "shared/appraisal/evidence_inputs.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/report/result.hpp"

#include <string>
#include <vector>

namespace troth::appraisal {

/// Appraises the token of a PSA root of trust: who signed it, that it is of now, that the device is
/// secured, and that each component it measured has a reference value and each reference value a
/// component.
/// @param pool of the roots that vouch for such devices. @param fingerprints of the root manifest.
/// @see RFC 9783
report::measurement_result appraise_psa(const evidence_inputs& in, certificate_pool& pool,
                                        const std::vector<std::string>& fingerprints, ledger& book);

} // namespace troth::appraisal
