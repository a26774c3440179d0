#pragma once

#include "shared/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troth::services {

/// Reads which registers are meant: numbers and ranges such as `0-7` and `10`, without those of
/// items that begin with `!`, wherever they stand: `0-15` and `!12`.
/// @returns them ascending, none twice; `malformed` for what is neither, or no PCR of a PC.
result<std::vector<std::uint32_t>> parse_pcr_list(const std::vector<std::string>& items);

} // namespace troth::services
