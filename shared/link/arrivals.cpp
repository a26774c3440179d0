#include "shared/link/arrivals.hpp"

#include <sys/eventfd.h>

#include <cstdint>
#include <utility>

namespace troth::link {

arrivals::arrivals(std::size_t max)
  : max_(max), notice_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC | EFD_SEMAPHORE)) {
  // nop
}

bool arrivals::push(established&& one) {
  const std::lock_guard lock{mutex_};
  if (is_closed_ || waiting_.size() >= max_)
    return false;
  const std::uint64_t count = 1;
  if (write(notice_.get(), &count, sizeof(count)) != sizeof(count))
    return false;
  waiting_.push_back(std::move(one));
  return true;
}

std::optional<established> arrivals::pop() {
  std::uint64_t count = 0;
  if (read(notice_.get(), &count, sizeof(count)) != sizeof(count))
    return std::nullopt;
  const std::lock_guard lock{mutex_};
  if (waiting_.empty())
    return std::nullopt;
  auto out = std::move(waiting_.front());
  waiting_.pop_front();
  return out;
}

void arrivals::close() {
  std::deque<established> dropped; // ends after the lock
  const std::lock_guard lock{mutex_};
  is_closed_ = true;
  dropped.swap(waiting_);
}

} // namespace troth::link
