#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace troth::actors {

/// Returns how who changes something is recorded: what a caller is named may hold anything.
inline std::string author_name(std::string_view caller) {
  constexpr std::size_t max_bytes = 128;
  std::string out{caller.substr(0, max_bytes)};
  std::ranges::replace_if(
    out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

} // namespace troth::actors
