#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace troth::wire {

/// A JSON text from which one long value was taken out.
struct shortened_text {
  std::string rest;       ///< With an empty text in its place.
  std::string_view taken; ///< The value, as it stood between its quotes.
  std::size_t at;         ///< Where in `rest` the empty text's closing quote is.
};

/// Takes the first long text that is a member of the outer object and plain base64 out of a JSON
/// text: a parser looks at each of its characters several times, and there is nothing to see.
///
/// What is left is JSON if, and only if, `json` is.
/// @returns nothing if there is no such text.
std::optional<shortened_text> take_long_text(std::string_view json);

} // namespace troth::wire
