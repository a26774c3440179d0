#pragma once

#include "services/http/exchange.hpp"
#include "services/http/router.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace troth::services::http {

/// What the connections of one listener share. Lives until the last of them is gone.
struct site {
  std::vector<route> routes;
  limits allowed;
  authenticator authenticate;
  std::function<std::string()> make_id; ///< For requests; random.
  std::function<void(const observation&)> observe;

  std::atomic<bool> is_stopping = false; ///< Answers are the last of their connections.
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> requests = 0; ///< That are not open.
};

/// One more in a count, as long as it lives.
class counted {
public:
  explicit counted(std::atomic<std::size_t>& count) : count_(&count) { ++*count_; }
  counted(counted&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {
    // nop
  }
  counted& operator=(counted&& other) noexcept {
    std::swap(count_, other.count_);
    return *this;
  }
  ~counted() {
    if (count_ != nullptr)
      --*count_;
  }

private:
  std::atomic<std::size_t>* count_;
};

} // namespace troth::services::http
