#pragma once

#include "shared/link/admission.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace troth::link {

/// How a connection is cut by others than the thread that serves it. Any thread may call.
class lifeline {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @param door which of ours it came through; 0: we dialled.
  /// @param address of the other side, for caps and logs.
  lifeline(int fd, identity who, std::uint64_t door, std::string address);

  const identity& who() const noexcept { return who_; }
  std::uint64_t door() const noexcept { return door_; }
  const std::string& address() const noexcept { return address_; }

  /// Ends the connection: whoever serves it reads its end.
  void cut() noexcept;

  /// Has `is_overdue` say so from then on; `lift` takes it back.
  void limit(time_point until) noexcept;
  void lift() noexcept { limit(time_point::max()); }
  bool is_overdue(time_point now) const noexcept;

  /// Must be called before the socket is closed: its number may then be another's.
  void let_go() noexcept;
  bool is_gone() const noexcept;

private:
  mutable std::mutex mutex_;
  int fd_;                               // guarded by mutex_; -1: gone
  time_point until_ = time_point::max(); // guarded by mutex_
  const identity who_;
  const std::uint64_t door_;
  const std::string address_;
};

} // namespace troth::link
