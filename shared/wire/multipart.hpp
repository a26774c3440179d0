#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace troth::wire {

/// One part of a body of several, decoded.
struct body_part {
  std::string media_type; ///< In lower case, without parameters.
  bytes content;
};

/// Reads a `multipart/mixed` body, each of whose parts is in base64, as EST has them: the first
/// begins at once, and nothing is behind the last.
///
/// @param content_type of the body: it names the boundary.
/// @returns the parts, in order; `unsupported` for another type of body, or another encoding of a
///          part; `malformed` for what is none; `truncated` if it ends before its last boundary;
///          `too_large` for more parts than `max_parts`.
/// @note White space within base64 is passed over, lines of it as well.
/// @see RFC 2046, section 5.1; RFC 7030, section 4; RFC 8951, section 3.1
result<std::vector<body_part>> parse_multipart(std::string_view content_type, std::string_view body,
                                               std::size_t max_parts);

/// Reads base64 with white space in it. @returns `malformed`.
result<bytes> from_loose_base64(std::string_view text);

} // namespace troth::wire
