#pragma once

#include "shared/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace troth::protocol {

/// Returns how long a request may still take; 0: its deadline has passed.
/// @param deadline_ms Unix time, as it came with the request: any number; 0: it came with none.
/// @param most what a request may take at all.
inline std::chrono::milliseconds time_left(std::uint64_t deadline_ms, time_point now,
                                           std::chrono::milliseconds most) {
  using std::chrono::milliseconds;
  if (deadline_ms == 0)
    return most;
  const auto since_epoch = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
  const auto now_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(since_epoch, 0));
  if (deadline_ms <= now_ms)
    return milliseconds{0};
  const auto left = std::min(deadline_ms - now_ms, static_cast<std::uint64_t>(most.count()));
  return milliseconds{static_cast<std::int64_t>(left)};
}

} // namespace troth::protocol
