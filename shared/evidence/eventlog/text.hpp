#pragma once

#include "shared/base/bytes.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace troth::evidence::eventlog {

inline bool starts_with(byte_view data, std::string_view text) {
  return data.size() >= text.size()
         && std::ranges::equal(data.first(text.size()), text, {}, {},
                               [](char c) { return static_cast<std::uint8_t>(c); });
}

/// Returns `text` without the one NUL it may end in.
inline byte_view without_nul(byte_view text) {
  return !text.empty() && text.back() == 0 ? text.first(text.size() - 1) : text;
}

} // namespace troth::evidence::eventlog
