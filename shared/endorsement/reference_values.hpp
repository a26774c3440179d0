#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"
#include "shared/endorsement/log_components.hpp"
#include "shared/report/component.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <vector>

// Reference values made from the logs of a machine that is known to be good.

namespace troth::endorsement {

/// How cmc names the reference value of a PCR's final value, where a report has no log of it.
inline constexpr std::string_view summary_name = "PCR Summary";

/// Returns the banks worth a reference value: those of the log we compute, without SHA-1 unless
/// it is the only one.
std::vector<hash_algorithm> reference_banks(const evidence::eventlog::event_log& log);

/// Makes reference values of a boot log.
///
/// @param pcrs which registers; empty: all that the log has.
/// @returns what `boot_components` does, of those registers; `not_found` for a register without
///          an event.
result<std::vector<report::component>> boot_references(const evidence::eventlog::event_log& log,
                                                       const std::set<std::uint32_t>& pcrs,
                                                       std::span<const hash_algorithm> banks);

struct ima_reference_values {
  std::vector<report::component> components;
  std::size_t violations = 0; ///< Entries left out because the kernel marked them.
};

/// Makes reference values of an IMA list: one for each that the list has, violations left out.
ima_reference_values ima_references(std::span<const evidence::ima::entry> list,
                                    std::span<const hash_algorithm> banks, ima_extend how);

/// Returns the values that components lead to, by PCR.
/// @returns as `replay`.
result<std::map<std::uint32_t, digest>> expected_pcrs(std::vector<pcr_component> components,
                                                      hash_algorithm bank);

/// Makes the reference value of a PCR's final value, of one bank or more.
report::component summary_reference(std::uint32_t pcr, std::vector<digest> values);

} // namespace troth::endorsement
