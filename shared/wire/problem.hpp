#pragma once

#include "shared/base/error.hpp"

#include <string>
#include <string_view>

namespace troth::wire {

/// An HTTP answer that says why there is no other.
/// @see RFC 9457
struct problem {
  unsigned status = 500;
  std::string code; ///< Stable: of `errc`, or of HTTP itself, e.g. `method_not_allowed`.
  std::string detail;
};

inline constexpr std::string_view problem_media_type = "application/problem+json";

/// Returns the HTTP status that says best what `code` does.
unsigned http_status(errc code) noexcept;

/// Makes a problem of an error. What is our own fault keeps its place for the log.
problem to_problem(const error& why);

/// Returns the reason phrase of a status that we send.
std::string_view reason_phrase(unsigned status) noexcept;

/// Writes `{"type", "title", "status", "detail", "code", "requestId"}`.
std::string write_problem(const problem& what, std::string_view request_id);

} // namespace troth::wire
