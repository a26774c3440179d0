#pragma once

#include "shared/base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string_view>

namespace troth::codec {

/// What a JSON text may cost.
struct json_limits {
  std::size_t max_bytes;
  std::size_t max_depth = 64; ///< Arrays and objects within each other.
};

/// Reads one JSON text as strictly as RFC 8259 allows: no byte order mark, no member twice, no
/// text that is not UTF-8, no number too large for a double, nothing behind it but white space.
///
/// @returns the value; `too_large` over a limit; `truncated` if the text ends within the value;
///          `trailing` if something is behind it; `malformed` for all else.
/// @see RFC 8259; RFC 7493 (I-JSON), section 2.3
result<nlohmann::json> parse_json(std::string_view text, json_limits limits);

} // namespace troth::codec
