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
  std::function<void(std::size_t)> count_connections; ///< Told how many there are.

  std::atomic<bool> is_stopping = false; ///< Answers are the last of their connections.
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> requests = 0;   ///< That are not open.
  std::atomic<std::size_t> body_bytes = 0; ///< That they have or may still send.
};

/// Takes so much of what all share, as long as it lives.
class share {
public:
  explicit share(std::atomic<std::size_t>& of, std::size_t amount = 1) : of_(of), amount_(amount) {
    of_ += amount_;
  }
  share(const share&) = delete;
  share& operator=(const share&) = delete;
  ~share() { of_ -= amount_; }

private:
  std::atomic<std::size_t>& of_;
  const std::size_t amount_;
};

} // namespace troth::services::http
