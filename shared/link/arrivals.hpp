#pragma once

#include "shared/link/channel.hpp"
#include "shared/link/descriptor.hpp"
#include "shared/link/lifeline.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace troth::link {

/// A connection whose other side is known. Its lifeline is let go before its socket goes.
struct established {
  established(descriptor socket, std::unique_ptr<channel> carrier, std::shared_ptr<lifeline> line)
    : fd(std::move(socket)), bytes(std::move(carrier)), life(std::move(line)) {
    // nop
  }
  established(established&&) noexcept = default;
  established& operator=(established&&) = delete;
  ~established() {
    if (life)
      life->let_go();
  }

  descriptor fd; // outlives what uses it
  std::unique_ptr<channel> bytes;
  std::shared_ptr<lifeline> life;
};

/// Connections on their way from the thread that received them to CAF's. Any thread may call.
class arrivals {
public:
  /// @param max that may wait.
  explicit arrivals(std::size_t max);

  /// Returns what is readable as long as something waits: one read takes the notice of one.
  int fd() const noexcept { return notice_.get(); }

  /// @returns false if there is no room, or nobody who takes it.
  bool push(established&& one);

  /// Takes the next, and its notice.
  std::optional<established> pop();

  /// Nobody takes any more.
  void close();

private:
  const std::size_t max_;
  descriptor notice_;
  std::mutex mutex_;
  std::deque<established> waiting_; // guarded by mutex_
  bool is_closed_ = false;          // guarded by mutex_
};

} // namespace troth::link
