#pragma once

#include "services/http/site.hpp"
#include "services/net/connection_handle.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace troth::services::http {

/// Serves the requests of a connection, one after the other, until either side ends it.
/// @param tls none: plain HTTP.
std::shared_ptr<net::connection_handle> serve(boost::asio::ip::tcp::socket socket,
                                              boost::asio::ssl::context* tls,
                                              const std::shared_ptr<site>& what);

} // namespace troth::services::http
