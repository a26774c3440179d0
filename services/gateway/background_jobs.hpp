#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

namespace troth::services {

/// Counts what goes on after its request was answered, so that a stop can wait for it. Any thread
/// may call.
class background_jobs {
public:
  /// A job under way: it ends when the last copy is gone.
  using ticket = std::shared_ptr<void>;

  /// @param most jobs at a time.
  explicit background_jobs(std::size_t most) : most_(most) {
    // nop
  }

  /// @returns null if too many are under way.
  ticket begin();

  /// Waits until none is under way, but no longer than that.
  void wait(std::chrono::milliseconds patience);

private:
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t running_ = 0; // guarded by mutex_
};

} // namespace troth::services
