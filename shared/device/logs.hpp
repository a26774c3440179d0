#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/device/tpm.hpp"
#include "shared/endorsement/log_components.hpp"
#include "shared/report/report.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace troth::device {

inline constexpr std::size_t max_log_bytes = std::size_t{64} * 1024 * 1024;

/// Where the kernel shows what was measured.
struct log_paths {
  std::filesystem::path boot = "/sys/kernel/security/tpm0/binary_bios_measurements";
  std::filesystem::path ima = "/sys/kernel/security/ima/binary_runtime_measurements";
};

/// The logs as they stand. Nothing where there is none, e.g. of a kernel without IMA.
struct measurement_logs {
  std::optional<bytes> boot;
  std::optional<bytes> ima;
  std::vector<endorsement::pcr_component> containers = {}; ///< From a log of our own.
};

/// Reads both logs.
/// @returns `too_large` over `max_log_bytes`, `io`; a file that is not there is no error.
result<measurement_logs> read_logs(const log_paths& from);

/// What was measured into one register, for a report, and what that leads to.
struct register_log {
  report::artifact artifact;
  digest leads_to;
};

struct converted_logs {
  std::vector<register_log> registers; ///< As `pcrs` has them.
  std::vector<error> unreadable;       ///< Why a log that is there was not used.
};

/// Sorts logs by register, as a report has them.
///
/// A register gets the events of the logs it is in, boot log first, containers last. One of which
/// no log can be read, or has no digests of the bank, gets its value instead, unless it is as after
/// reset: then nothing was measured.
///
/// @param values what each register of `pcrs` holds.
/// @note Whether logs and values agree is not looked at: compare `leads_to`.
converted_logs convert(const measurement_logs& logs, const pcr_set& pcrs,
                       std::span<const digest> values, endorsement::ima_extend how);

} // namespace troth::device
