#pragma once

#include "services/net/concurrency_limiter.hpp"
#include "services/net/rate_limiter.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>

namespace troth::services::net {

/// What a door grants its clients.
struct limits {
  std::size_t max_header_bytes = std::size_t{16} * 1024; ///< HTTP only.
  std::chrono::milliseconds header_time{5'000};          ///< From its first byte to its last.
  std::chrono::milliseconds body_time{30'000};
  std::chrono::milliseconds idle_time{60'000}; ///< Between two requests of a connection.
  std::size_t max_connections = 1'000;
  std::size_t max_requests = 256; ///< Being read or served at a time, but for open routes.
  std::size_t max_body_bytes = std::size_t{256} * 1024 * 1024; ///< Of all of these together.
};

/// What all doors of a process have in hand: shared, so that many doors do not add up.
struct load {
  std::atomic<std::size_t> requests = 0;   ///< That are held to `max_requests`.
  std::atomic<std::size_t> body_bytes = 0; ///< That they have or may still send.
  rate_limiter callers;                    ///< How often each asks, by name.
  concurrency_limiter at_once;             ///< How much each has under way, likewise.
};

/// Takes so much of what all share, as long as it lives.
class share {
public:
  explicit share(std::atomic<std::size_t>& of, std::size_t amount = 1) : of_(of), amount_(amount) {
    of_ += amount_;
  }
  share(const share&) = delete;
  share& operator=(const share&) = delete;
  ~share() { of_ -= amount_; }

private:
  std::atomic<std::size_t>& of_;
  const std::size_t amount_;
};

} // namespace troth::services::net
