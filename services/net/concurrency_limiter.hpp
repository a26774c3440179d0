#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace troth::services::net {

/// Holds callers to so many requests at a time each. Any thread may call.
class concurrency_limiter {
public:
  /// A request under way, as long as it lives. The limiter outlives it.
  class grant {
  public:
    grant(concurrency_limiter* of, std::string caller) : of_(of), caller_(std::move(caller)) {
      // nop
    }
    grant(const grant&) = delete;
    grant& operator=(const grant&) = delete;
    ~grant() {
      if (of_ != nullptr)
        of_->end(caller_);
    }

  private:
    concurrency_limiter* of_; // null: nothing is counted
    std::string caller_;
  };

  /// @param most that each may have under way; 0: as many as it likes. @pre nobody has asked yet.
  void set(std::size_t most) { most_ = most; }

  /// Lets a caller begin.
  /// @param aside of what it has under way, so much is as good as done.
  /// @returns null if it has as many under way as it may.
  std::unique_ptr<grant> admit(const std::string& caller, std::size_t aside = 0);

private:
  void end(const std::string& caller);

  std::size_t most_ = 0;
  std::mutex mutex_;
  std::map<std::string, std::size_t> under_way_; // guarded by mutex_; none is 0
};

} // namespace troth::services::net
