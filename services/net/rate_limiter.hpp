#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace troth::services::net {

/// How often each caller may ask.
struct rate {
  double per_second = 0; ///< In the long run; 0: as often as it likes.
  double burst = 1;      ///< At once, after a pause; 1 at least.
};

/// Holds callers to a rate: each has a bucket of tokens that fills again. Any thread may call.
class rate_limiter {
public:
  using clock_time = std::chrono::steady_clock::time_point;

  /// Of so many callers it knows when they last asked; one beyond that starts with a full bucket.
  static constexpr std::size_t max_callers = 10'000;

  /// Sets the rate. @pre nobody has asked yet.
  void set(rate allowed) { allowed_ = allowed; }

  /// Lets a caller ask once.
  /// @returns nothing if it may, else how long it has to wait, 1 second at least.
  std::optional<std::chrono::seconds> refuse(const std::string& caller, clock_time now);

private:
  struct bucket {
    double tokens;
    clock_time filled;
  };
  double tokens_of(const bucket& of, clock_time now) const;
  void make_room(clock_time now);

  rate allowed_;
  std::mutex mutex_;
  std::map<std::string, bucket> buckets_; // guarded by mutex_
};

} // namespace troth::services::net
