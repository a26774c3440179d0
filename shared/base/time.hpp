#pragma once

#include "shared/base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace troth {

/// An instant, UTC. Always an argument: nothing in the core asks a clock.
using time_point = std::chrono::system_clock::time_point;

/// Reads an RFC 3339 timestamp with any offset and up to nine digits of fraction.
/// @returns the instant, or `malformed`. Leap seconds count as the second after.
/// @see RFC 3339, section 5.6
result<time_point> parse_time(std::string_view text);

/// Writes `2026-11-24T09:43:36Z`: UTC, whole seconds, cut off.
std::string format_time(time_point when);

/// Writes `2026-11-24T09:43:36.012345678Z`: UTC, always nine digits.
std::string format_time_ns(time_point when);

} // namespace troth
