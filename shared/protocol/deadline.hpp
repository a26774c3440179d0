#pragma once

#include "shared/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace troth::protocol {

/// Returns Unix time in milliseconds; 0 for what was before 1970.
inline std::uint64_t to_unix_ms(time_point when) {
  using std::chrono::milliseconds;
  const auto since = std::chrono::duration_cast<milliseconds>(when.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0));
}

/// Returns how long a request may still take; 0: its deadline has passed.
/// @param deadline_ms Unix time, as it came with the request: any number; 0: it came with none.
/// @param most what a request may take at all.
inline std::chrono::milliseconds time_left(std::uint64_t deadline_ms, time_point now,
                                           std::chrono::milliseconds most) {
  using std::chrono::milliseconds;
  if (deadline_ms == 0)
    return most;
  const auto now_ms = to_unix_ms(now);
  if (deadline_ms <= now_ms)
    return milliseconds{0};
  const auto left = std::min(deadline_ms - now_ms, static_cast<std::uint64_t>(most.count()));
  return milliseconds{static_cast<std::int64_t>(left)};
}

} // namespace troth::protocol
