#include "services/net/concurrency_limiter.hpp"

namespace troth::services::net {

std::unique_ptr<concurrency_limiter::grant> concurrency_limiter::admit(const std::string& caller,
                                                                       std::size_t aside) {
  if (most_ == 0)
    return std::make_unique<grant>(nullptr, std::string{});
  const std::lock_guard lock{mutex_};
  const auto at = under_way_.find(caller);
  if (at != under_way_.end() && at->second >= most_ + aside)
    return nullptr;
  auto out = std::make_unique<grant>(this, caller);
  ++under_way_[caller];
  return out;
}

void concurrency_limiter::end(const std::string& caller) {
  const std::lock_guard lock{mutex_};
  const auto at = under_way_.find(caller);
  if (--at->second == 0)
    under_way_.erase(at);
}

} // namespace troth::services::net
