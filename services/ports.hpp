#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <cstddef>

// The real clock and the real chance: what tests replace.

namespace troth::services {

/// Draws from the kernel. @returns `io`.
result<bytes> kernel_random(std::size_t size);

/// Returns a random number, 0 up to 1: for pauses, not for secrets.
double jitter();

inline time_point system_now() {
  return std::chrono::system_clock::now();
}

} // namespace troth::services
