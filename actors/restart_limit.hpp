#pragma once

#include <caf/actor_clock.hpp>

#include <chrono>
#include <cstddef>
#include <deque>

namespace troth::actors {

/// How often an actor may die and be replaced.
struct restart_limits {
  std::size_t max_restarts = 5; ///< One more within the time ends who replaces it, too.
  std::chrono::seconds within{60};
};

/// Counts deaths. Pure.
class restart_limit {
public:
  using time_point = caf::actor_clock::time_point;

  explicit restart_limit(const restart_limits& limits) : limits_(limits) {
    // nop
  }

  /// Notes a death. @returns whether there may be another actor after it.
  bool allows_another(time_point now) {
    while (!deaths_.empty() && deaths_.front() + limits_.within < now)
      deaths_.pop_front();
    deaths_.push_back(now);
    return deaths_.size() <= limits_.max_restarts;
  }

private:
  restart_limits limits_;
  std::deque<time_point> deaths_;
};

} // namespace troth::actors
