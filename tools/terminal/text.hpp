#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troth::terminal {

enum class charset : std::uint8_t { ascii, utf8 };

/// Returns `text` so that printing it does nothing but show it: control characters, line breaks,
/// marks that turn the direction of writing, and bytes that are not UTF-8 become `\x1b` or
/// `\u{202e}`; with `charset::ascii` so does all that is not ASCII.
/// @note A backslash stays as it is: this is for reading, not for reading back.
std::string printable(std::string_view text, charset allowed);

/// Returns how many columns printable text takes: one for each code point.
std::size_t columns(std::string_view text);

/// Returns `one, two`.
std::string joined(const std::vector<std::string>& texts);

/// Returns `text` broken at blanks, or inside words that are too long, into lines of `width`
/// columns at most, `indent` included, each ended by a line feed. Each line but the first begins
/// with `indent` blanks: in front of the first goes what is there already.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

} // namespace troth::terminal
