#pragma once

#include <cstdint>
#include <cstring>
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
  bytes out(text.size());
  if (!text.empty()) // std::copy goes byte by byte between types
    std::memcpy(out.data(), text.data(), text.size());
  return out;
}

/// Returns a string that holds the same bytes, whatever they are.
inline std::string to_text(byte_view view) {
  std::string out(view.size(), '\0');
  if (!view.empty())
    std::memcpy(out.data(), view.data(), view.size());
  return out;
}

} // namespace troth
