#include "shared/link/lifeline.hpp"

#include <sys/socket.h>

#include <utility>

namespace troth::link {

lifeline::lifeline(int fd, identity who, std::uint64_t door, std::string address)
  : fd_(fd), who_(std::move(who)), door_(door), address_(std::move(address)) {
  // nop
}

void lifeline::cut() noexcept {
  const std::lock_guard lock{mutex_};
  if (fd_ >= 0)
    shutdown(fd_, SHUT_RDWR);
}

void lifeline::limit(time_point until) noexcept {
  const std::lock_guard lock{mutex_};
  until_ = until;
}

bool lifeline::is_overdue(time_point now) const noexcept {
  const std::lock_guard lock{mutex_};
  return until_ <= now;
}

void lifeline::let_go() noexcept {
  const std::lock_guard lock{mutex_};
  fd_ = -1;
}

bool lifeline::is_gone() const noexcept {
  const std::lock_guard lock{mutex_};
  return fd_ < 0;
}

} // namespace troth::link
