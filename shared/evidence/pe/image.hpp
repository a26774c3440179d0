#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace troth::evidence::pe {

/// A part of an image, as it is loaded.
struct section {
  std::string name;               ///< E.g. `.linux`, without the zeros behind it.
  byte_view content;              ///< In the file, no longer than in memory.
  std::uint32_t memory_bytes = 0; ///< The rest of which is zeros.
};

/// A program for UEFI, or a kernel that is one: a portable executable. Views point into the input.
struct image {
  std::vector<section> sections;       ///< In the order of the table.
  std::vector<byte_view> signed_parts; ///< What its Authenticode hash is over, in order.
};

inline constexpr std::size_t max_sections = 96; // the loader's own limit

/// Parses an image.
/// @returns it; `malformed` for what is none or contradicts itself; `too_large` for over
///          `max_sections`; `truncated`.
/// @see Microsoft, PE Format; Windows Authenticode Portable Executable Signature Format, 1.0
result<image> parse_image(byte_view input);

} // namespace troth::evidence::pe
