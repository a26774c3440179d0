#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <string>
#include <string_view>

namespace troth {

/// Returns standard base64 with padding and no line breaks.
/// @see RFC 4648, section 4
std::string base64(byte_view input);

/// Returns base64url without padding.
/// @see RFC 4648, section 5
std::string base64url(byte_view input);

/// Reads exactly what `base64` writes: padding demanded, unused bits zero, no
/// other characters, so that each value has one spelling.
/// @returns the bytes, or `malformed`.
result<bytes> from_base64(std::string_view text);

/// Reads exactly what `base64url` writes.
/// @returns the bytes, or `malformed`.
result<bytes> from_base64url(std::string_view text);

} // namespace troth
