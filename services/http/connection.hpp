#pragma once

#include "services/http/site.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <functional>
#include <memory>

namespace troth::services::http {

/// A handle on a connection under way.
class connection_handle {
public:
  virtual ~connection_handle() = default;

  /// Ends it, at once if it waits for a request, else after the answer. Any thread may call.
  virtual void stop() = 0;
};

/// Serves the requests of a connection, one after the other, until either side ends it.
/// @param tls none: plain HTTP.
std::shared_ptr<connection_handle> serve(boost::asio::ip::tcp::socket socket,
                                         boost::asio::ssl::context* tls,
                                         const std::shared_ptr<site>& what);

} // namespace troth::services::http
