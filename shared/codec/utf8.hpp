#pragma once

#include <string>
#include <string_view>

namespace troth::codec {

/// Returns whether `text` is UTF-8: shortest forms, no surrogates, nothing above U+10FFFF.
/// @see RFC 3629, section 4
bool is_utf8(std::string_view text) noexcept;

/// Returns `text` with U+FFFD in the place of each byte that is not part of UTF-8.
std::string repair_utf8(std::string_view text);

} // namespace troth::codec
