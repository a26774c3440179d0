#pragma once

#include "shared/appraisal/evidence_inputs.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/evidence/tdx/td_report.hpp"
#include "shared/report/result.hpp"

#include <vector>

namespace troth::appraisal {

/// The registers of a trust domain as reference values count them.
/// @see UEFI 2.10, 38.4.1; MRSEAM is the reference's addition
namespace td_register {
inline constexpr std::uint64_t mr_td = 0;
inline constexpr std::uint64_t first_rtmr = 1;
inline constexpr std::uint64_t last_rtmr = 4;
inline constexpr std::uint64_t mr_seam = 5;
} // namespace td_register

/// Checks the registers of an authentic quote against the reference values.
///
/// MRTD and MRSEAM must be reference values. An RTMR of which the log came along must be what the
/// log leads to, each event of it a reference value, and each reference value that is not optional
/// an event; without a log it must be what the reference values lead to, in their order.
/// @param events takes what was seen.
/// @returns each register as it is against what it must be.
std::vector<report::digest_result>
check_td_registers(const evidence_inputs& in, const evidence::tdx::td_report& td, ledger& book,
                   std::vector<report::digest_result>& events);

} // namespace troth::appraisal
