#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "tools/metatool/commands.hpp"

#include <cstdint>
#include <map>

namespace troth::metatool {

/// What registers hold, by bank and number.
using register_values = std::map<hash_algorithm, std::map<std::uint32_t, digest>>;

/// Writes them as a table or as JSON.
bytes write_registers(const register_values& expected, precompute_format as);

} // namespace troth::metatool
