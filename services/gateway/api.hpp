#pragma once

#include "services/gateway/operations.hpp"
#include "services/http/exchange.hpp"

#include <boost/asio/thread_pool.hpp>

#include <vector>

namespace troth::services {

/// What the REST API is made of.
struct api_parts {
  const operations* to;
  boost::asio::thread_pool* workers; ///< For what takes long: the bodies' translation.
};

/// Returns the routes below `/v1`. What they are given must outlive their listener.
/// @see docs/rest.md
std::vector<http::route> api_routes(const api_parts& with);

} // namespace troth::services
