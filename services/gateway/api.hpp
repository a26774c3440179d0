#pragma once

#include "services/bridge.hpp"
#include "services/http/exchange.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/interfaces.hpp"

#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace troth::services {

/// What the API is made of.
struct api_parts {
  std::optional<protocol::prover_actor> provers; ///< None: no attestations.
  std::optional<protocol::verifier_actor> verifiers;
  const bridge* actors;
  boost::asio::thread_pool* workers; ///< For what takes long: the bodies' translation.
  std::function<time_point()> now;
  std::size_t max_report_bytes;
  std::chrono::seconds patience; ///< With provers and verifiers.
};

/// Returns the routes below `/v1`. What they are given must outlive their listener.
/// @see docs/rest.md
std::vector<http::route> api_routes(const api_parts& with);

} // namespace troth::services
