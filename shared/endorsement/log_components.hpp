#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"
#include "shared/evidence/eventlog/log.hpp"
#include "shared/evidence/ima/list.hpp"
#include "shared/report/component.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

// Measurement logs in the shape that both sides of an appraisal have: events in a report,
// reference values in a manifest. One conversion for both, so that they match.

namespace troth::endorsement {

/// How cmc names the event, or reference value, of what a PCR held before the first extend.
inline constexpr std::string_view initial_value_name = "TPM_PCR_INIT_VALUE";

/// Whether components carry what was hashed, as `report::property_raw`.
enum class raw_data : std::uint8_t { leave_out, include };

/// A component and where it belongs.
struct pcr_component {
  std::uint32_t pcr;
  report::component value;
};

/// Returns `firmware`, `operating-system`, `platform` or `application`: the type that cmc gives
/// what is measured into a PCR.
std::string_view component_type(std::uint32_t pcr);

/// Returns what a PCR holds after reset: zeros; PCR 17 to 22: ones.
/// @see TCG PC Client Platform TPM Profile, 4.6.1
digest reset_value(std::uint32_t pcr, hash_algorithm bank);

/// Converts a boot log: its measured events in the order of the log, in front of the first of
/// each PCR a component `initial_value_name` with what the PCR held before.
///
/// @param banks the digests that each component gets, in this order.
/// @returns the components; `missing` if the log lacks a bank, `unsupported` if `banks` is empty.
/// @note Names and descriptions are the log's claims.
result<std::vector<pcr_component>> boot_components(const evidence::eventlog::event_log& log,
                                                   std::span<const hash_algorithm> banks,
                                                   raw_data raw);

/// What a kernel extends a bank other than SHA-1 with, for each entry of the IMA list.
enum class ima_extend : std::uint8_t {
  hashed, ///< The bank's hash of the template data.
  padded, ///< The SHA-1 template hash with zeros behind it: kernels before 5.8.
};

/// Converts an IMA list: each entry, in order, with what was extended for it. As in cmc each may
/// be absent (`optional`), its name is the file's and its description the whole path. An entry
/// the kernel marked as a violation has all bits set in its digests, and no raw data.
///
/// @param banks the digests that each component gets, in this order.
/// @note A path that is not printable ASCII gets `.` for what is not, and no raw data.
/// @note Whether the list's own template hashes are right is not looked at.
/// @see Linux, security/integrity/ima/ima_queue.c (ima_add_template_entry)
std::vector<pcr_component> ima_components(std::span<const evidence::ima::entry> list,
                                          std::span<const hash_algorithm> banks, ima_extend how,
                                          raw_data raw);

/// Sorts components by PCR, the order within each kept: what an artifact of a report holds.
std::map<std::uint32_t, std::vector<report::component>>
by_pcr(std::vector<pcr_component> components);

/// Returns what events lead to: each digest of `bank` extended in turn, an
/// `initial_value_name` being the value to begin with.
/// @param pcr gives the value to begin with where no event does.
/// @returns the PCR's value; `missing` if an event has no digest of the bank.
result<digest> replay(std::span<const report::component> events, std::uint32_t pcr,
                      hash_algorithm bank);

} // namespace troth::endorsement
