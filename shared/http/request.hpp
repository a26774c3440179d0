#pragma once

#include "shared/http/service.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace troth::http {

/// What came of a request.
struct answered {
  response message;
  atls::peer by; ///< Whom the connection is with.
};

/// Where a request goes.
struct target {
  atls::address to;
  std::string path; ///< With what follows it: `/a?b`.
};

/// Reads `https://HOST[:PORT]/PATH`; the port is 443 if there is none.
/// @returns `malformed`.
result<target> read_url(std::string_view url);

/// A client, whose connections are kept for the next request.
class client {
public:
  /// @param max_body_bytes of a response.
  client(const boost::asio::any_io_executor& on, const dialling& how,
         std::chrono::milliseconds patience, std::size_t max_body_bytes);

  /// Sends a request. Its target is that of `to`, and its host, if it has none.
  /// @param then called once, on the executor: the response, whatever its status; what
  ///        `async_dial` has; `timeout`; `too_large`; `io` if the connection broke, or its trust.
  void async_send(const target& to, request message, std::function<void(result<answered>)> then);

  /// The same, waiting for it.
  /// @pre nobody else runs `loop`, which is what this was made on.
  result<answered> send(boost::asio::io_context& loop, const target& to, request message);

  /// Returns how many connections wait for their next request.
  std::size_t idle() const { return pool_->idle(); }

private:
  boost::asio::any_io_executor on_;
  std::shared_ptr<pool> pool_;
  std::chrono::milliseconds patience_;
  std::size_t max_body_bytes_;
};

} // namespace troth::http
