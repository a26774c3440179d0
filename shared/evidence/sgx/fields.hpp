#pragma once

#include "shared/base/reader.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troth::evidence::sgx {

// What Intel's structures are made of, for the parsers of this folder and of `tdx`.

/// Takes `N` bytes as they stand.
template <std::size_t N>
std::array<std::uint8_t, N> take(reader& in, std::string_view field) {
  std::array<std::uint8_t, N> out{};
  std::ranges::copy(in.take(N, field), out.begin());
  return out;
}

/// Takes `size` bytes that must be zero. Fails as `malformed`.
inline void take_zeros(reader& in, std::size_t size, std::string_view field) {
  in.require(std::ranges::all_of(in.take(size, field), [](auto byte) { return byte == 0; }),
             errc::malformed, field);
}

} // namespace troth::evidence::sgx
