#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/endorsement/log_components.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace troth::metatool {

/// The logs of one machine, as they were read. An empty one was not given.
struct raw_logs {
  bytes boot; ///< TCG event log.
  bytes ima;  ///< Binary or ASCII.
};

struct log_options {
  std::set<std::uint32_t> pcrs;      ///< Of the boot log; empty: all that it has.
  std::vector<hash_algorithm> banks; ///< Empty: those the boot log has, SHA-256 without one.
  endorsement::ima_extend extend = endorsement::ima_extend::hashed;
};

struct reference_values {
  std::vector<report::component> components;
  std::size_t violations = 0; ///< IMA entries that were left out.
};

/// Reads PCR numbers: `0-7,14`.
/// @returns `malformed` for what is no such list, and for numbers above 23.
result<std::set<std::uint32_t>> parse_pcrs(std::string_view text);

/// Reads names of banks: `sha256,sha384`.
/// @returns `malformed` for what is no such list.
result<std::vector<hash_algorithm>> parse_banks(std::string_view text);

/// Makes reference values of a good machine's logs, the boot log's first.
/// @returns `missing` if there is no log at all; what the parsers and `boot_references` return.
result<reference_values> make_reference_values(const raw_logs& logs, const log_options& options);

/// Returns the PCR values of each bank that the logs lead to.
/// @returns as `make_reference_values`.
result<std::map<hash_algorithm, std::map<std::uint32_t, digest>>>
precompute(const raw_logs& logs, const log_options& options);

/// Makes of precomputed values reference values for reports without logs.
std::vector<report::component>
summaries(const std::map<hash_algorithm, std::map<std::uint32_t, digest>>& expected);

} // namespace troth::metatool
