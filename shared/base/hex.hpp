#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <string>
#include <string_view>

namespace troth {

/// Returns two lowercase digits for each byte.
std::string hex(byte_view input);

/// Reads two digits for each byte, of either case and nothing between them.
/// @returns the bytes; `malformed` at an odd length or what is no digit.
result<bytes> from_hex(std::string_view text);

} // namespace troth
