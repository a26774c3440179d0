#pragma once

#include <unistd.h>
#include <utility>

namespace troth::link {

/// Owns a file descriptor.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) noexcept : fd_(fd) {
    // nop
  }
  descriptor(descriptor&& from) noexcept : fd_(from.release()) {
    // nop
  }
  descriptor& operator=(descriptor&& from) noexcept {
    std::swap(fd_, from.fd_);
    return *this;
  }
  ~descriptor() {
    if (fd_ >= 0)
      close(fd_);
  }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

  /// Gives it away.
  int release() noexcept { return std::exchange(fd_, -1); }

private:
  int fd_ = -1;
};

} // namespace troth::link
