#pragma once

#include "services/gateway/audit_log.hpp"
#include "services/http/exchange.hpp"

#include <boost/asio/thread_pool.hpp>

namespace troth::services {

/// Returns the route that reads the audit log; what it is given must outlive its listener.
/// @see docs/rest.md
http::route audit_route(const audit_log& log, boost::asio::thread_pool& workers);

} // namespace troth::services
