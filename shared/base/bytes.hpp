#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troth {

using bytes = std::vector<std::uint8_t>;
using byte_view = std::span<const std::uint8_t>;

/// Returns a copy that owns its bytes.
inline bytes copy(byte_view view) {
  return {view.begin(), view.end()};
}

/// Returns the bytes of `text`, without a NUL behind them.
inline bytes to_bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

/// Returns a string that holds the same bytes, whatever they are.
inline std::string to_text(byte_view view) {
  return {view.begin(), view.end()};
}

} // namespace troth
