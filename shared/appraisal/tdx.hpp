#pragma once

#include "shared/appraisal/evidence_inputs.hpp"
#include "shared/appraisal/intel_signer.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/report/metadata.hpp"

namespace troth::appraisal {

/// Appraises a TDX quote: who signed it and for which context, on which platform and TDX module,
/// what trust domain it is of, and what its registers hold.
///
/// @param root the root manifest, whose `tdxPolicy` counts; null: there is none.
report::measurement_result appraise_tdx(const evidence_inputs& in, const intel_trust& trust,
                                        const report::manifest* root, ledger& book);

} // namespace troth::appraisal
