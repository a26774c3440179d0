#include "services/gateway/key_set_cache.hpp"

#include <utility>

namespace troth::services {

void key_set_cache::ask(const protocol::request_context& of, answer then) {
  std::unique_lock lock{mutex_};
  if (kept_ && std::chrono::steady_clock::now() < until_) {
    auto known = *kept_;
    lock.unlock();
    return then(std::move(known));
  }
  waiting_.push_back(std::move(then));
  if (waiting_.size() > 1)
    return;
  lock.unlock();
  to_->keys(of, [this](const result<protocol::payload>& told) { take(told); });
}

void key_set_cache::take(const result<protocol::payload>& told) {
  std::vector<answer> waiting;
  {
    const std::lock_guard lock{mutex_};
    if (told) {
      kept_ = *told;
      until_ = std::chrono::steady_clock::now() + lifetime_;
    }
    waiting.swap(waiting_);
  }
  for (const auto& then : waiting)
    then(told);
}

} // namespace troth::services
