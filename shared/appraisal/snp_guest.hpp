#pragma once

#include "shared/appraisal/ledger.hpp"
#include "shared/appraisal/references.hpp"
#include "shared/evidence/snp/report.hpp"
#include "shared/report/metadata.hpp"

#include <span>

namespace troth::appraisal {

/// Judges what guest an authentic report is about: its policy, privilege level and identity, what
/// was measured, and how the host is set up.
///
/// @param policy of the root manifest; null: there is none, which is a failure already.
/// @param into gets the checks and the measurement.
void appraise_snp_guest(const evidence::snp::attestation_report& report,
                        const report::snp_policy* policy, std::span<const reference> references,
                        ledger& book, report::measurement_result& into);

} // namespace troth::appraisal
