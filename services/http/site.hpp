#pragma once

#include "services/http/exchange.hpp"
#include "services/http/router.hpp"
#include "services/net/limits.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troth::services::http {

/// What the connections of one listener share. Lives until the last of them is gone.
struct site {
  std::vector<route> routes;
  net::limits allowed;
  authenticator authenticate;
  std::function<std::string()> make_id; ///< For requests; random.
  std::function<void(const observation&)> observe;
  std::function<void(std::size_t)> count_connections; ///< Told how many there are.

  std::atomic<bool> is_stopping = false; ///< Answers are the last of their connections.
  std::atomic<std::size_t> connections = 0;
  std::shared_ptr<net::load> busy = std::make_shared<net::load>();
};

} // namespace troth::services::http
