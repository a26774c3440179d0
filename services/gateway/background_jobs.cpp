#include "services/gateway/background_jobs.hpp"

namespace troth::services {

background_jobs::ticket background_jobs::begin() {
  const std::lock_guard lock{mutex_};
  if (running_ >= most_)
    return nullptr;
  ++running_;
  return {this, [](void* jobs) {
            auto& self = *static_cast<background_jobs*>(jobs);
            const std::lock_guard last{self.mutex_};
            --self.running_;
            self.ended_.notify_all();
          }};
}

void background_jobs::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock{mutex_};
  ended_.wait_for(lock, patience, [this] { return running_ == 0; });
}

} // namespace troth::services
