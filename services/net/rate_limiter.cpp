#include "services/net/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace troth::services::net {

double rate_limiter::tokens_of(const bucket& of, clock_time now) const {
  const auto seconds = std::chrono::duration<double>(now - of.filled).count();
  return std::min(allowed_.burst, of.tokens + seconds * allowed_.per_second);
}

/// Forgets who has a full bucket, which is nothing to remember, or else the one with most.
/// @pre `mutex_` is held.
void rate_limiter::make_room(clock_time now) {
  if (buckets_.size() < max_callers)
    return;
  std::erase_if(buckets_,
                [&](const auto& each) { return tokens_of(each.second, now) >= allowed_.burst; });
  if (buckets_.size() >= max_callers)
    buckets_.erase(std::ranges::max_element(buckets_, {}, [&](const auto& each) {
      return tokens_of(each.second, now);
    }));
}

std::optional<std::chrono::seconds> rate_limiter::refuse(const std::string& caller,
                                                         clock_time now) {
  if (allowed_.per_second <= 0)
    return std::nullopt;
  const std::lock_guard lock{mutex_};
  if (!buckets_.contains(caller))
    make_room(now);
  auto& own = buckets_.try_emplace(caller, bucket{allowed_.burst, now}).first->second;
  own.tokens = tokens_of(own, now);
  own.filled = now;
  if (own.tokens >= 1) {
    own.tokens -= 1;
    return std::nullopt;
  }
  const auto seconds = std::ceil((1 - own.tokens) / allowed_.per_second);
  return std::chrono::seconds{std::max(1L, static_cast<long>(seconds))};
}

} // namespace troth::services::net
