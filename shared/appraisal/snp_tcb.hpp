#pragma once

#include "shared/appraisal/ledger.hpp"
#include "shared/evidence/snp/report.hpp"
#include "shared/report/metadata.hpp"

namespace troth::appraisal {

/// Judges the firmware under an authentic report: its version and all four TCBs against what
/// the policy wants of this product line, and against each other.
///
/// @param policy of the root manifest; null: there is none, which is a failure already.
/// @note Versions are ordered as versions are: 1.52.0 is above 1.51.9.
void appraise_snp_tcb(const evidence::snp::attestation_report& report,
                      const report::snp_policy* policy, evidence::snp::product_line line,
                      ledger& book, report::snp_result& into);

} // namespace troth::appraisal
