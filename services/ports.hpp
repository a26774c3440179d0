#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <cstddef>
#include <string>

// The real clock and the real chance: what tests replace.

namespace troth::services {

/// Draws from the kernel. @returns `io`.
result<bytes> kernel_random(std::size_t size);

/// Returns what names one request in answers and logs: 8 random bytes, lower-case hex.
std::string make_request_id();

/// Returns a random number, 0 up to 1: for pauses, not for secrets.
double jitter();

inline time_point system_now() {
  return std::chrono::system_clock::now();
}

} // namespace troth::services
