#pragma once

#include "shared/appraisal/intel_signer.hpp"
#include "shared/endorsement/intel_tcb.hpp"
#include "shared/evidence/tdx/td_report.hpp"
#include "shared/report/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace troth::appraisal {

/// What Intel says of a platform: signed, current, and of this platform.
struct intel_statements {
  endorsement::intel::tcb_info tcb_info;
  endorsement::intel::enclave_identity identity; ///< Of the quoting enclave.
};

/// Checks the collateral that came along with a quote: signatures, dates, what it is for, and
/// that no certificate is revoked.
///
/// @returns nothing unless TCB info and QE identity are authentic.
std::optional<intel_statements> check_intel_collateral(const evidence_inputs& in,
                                                       const intel_signer& signer, bool is_tdx,
                                                       time_point now, ledger& book);

/// Rates the TCB of a platform, and checks that it is acceptable.
///
/// @param td null for SGX.
/// @param accepted_by_manifest the statuses that the manifest accepts; empty: `UpToDate` alone.
/// @returns what it is made of; its pointers are into `statements`.
endorsement::intel::tcb_evaluation
appraise_intel_tcb(std::string_view subject, const intel_statements& statements,
                   const intel_signer& signer, const evidence::sgx::enclave_report& qe,
                   const evidence::tdx::td_report* td,
                   const std::vector<std::string>& accepted_by_manifest, ledger& book,
                   report::tcb_info_result& tcb_out, report::qe_report_result& qe_out);

} // namespace troth::appraisal
