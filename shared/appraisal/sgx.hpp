#pragma once

#include "shared/appraisal/evidence_inputs.hpp"
#include "shared/appraisal/intel_signer.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/report/metadata.hpp"

namespace troth::appraisal {

/// Appraises an SGX quote: who signed it and for which context, on which platform, and which
/// enclave it is of.
///
/// @param root the root manifest, whose `sgxPolicy` counts; null: there is none.
report::measurement_result appraise_sgx(const evidence_inputs& in, const intel_trust& trust,
                                        const report::manifest* root, ledger& book);

} // namespace troth::appraisal
