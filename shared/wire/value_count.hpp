#pragma once

#include "shared/base/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace troth::wire {

/// Tells before it is parsed whether a JSON text may hold more than `most` values: each costs many
/// times the memory of its text.
/// @note It counts what stands between values, of which a long text in base64 has none.
inline bool has_more_values(byte_view json, std::size_t most) {
  return std::ranges::count_if(json,
                               [](std::uint8_t c) { return c == ',' || c == '[' || c == '{'; })
         > static_cast<std::ptrdiff_t>(most);
}

} // namespace troth::wire
