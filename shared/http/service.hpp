#pragma once

#include "shared/atls/connection.hpp"
#include "shared/base/result.hpp"
#include "shared/http/pool.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace troth::http {

/// What all services of this room have.
struct service_settings {
  atls::address at; ///< Port 0: any that is free.
  /// How long a client may take for its next request, and each side for its next bytes.
  std::chrono::milliseconds patience{std::chrono::seconds{60}};
  std::size_t max_connections = 1024; ///< Who comes beyond them waits to be accepted.
  /// Called for what went wrong with a client or with whom it asked for, on the executor.
  /// @param about `ADDRESS:PORT`, or whom it asked for.
  std::function<void(const std::string& about, const error& why)> on_failure = {};
};

/// Something that takes connections until it is stopped, or gone.
class service {
public:
  virtual ~service() = default;
  virtual std::uint16_t port() const = 0;

  /// Takes no more connections. Those that are there go on.
  virtual void stop() = 0;
};

/// A forward proxy for programs that know nothing of attestation: it takes `CONNECT HOST:PORT`, and
/// requests with an absolute `http:` target, and dials by attested TLS. Of the latter, one
/// attestation serves all that go over one connection.
///
/// A peer that is refused, or does not answer, is a 502 or 504 with the reason as text.
/// @note Whoever reaches it speaks as this machine: `at` is to be of this machine alone.
/// @returns `io` if it cannot listen.
result<std::shared_ptr<service>> forward(const boost::asio::any_io_executor& on,
                                         const service_settings& settings, const dialling& how);

/// A reverse proxy: takes attested TLS, and passes on requests in plain HTTP, with what is known of
/// the peer (`peer_prefix`).
/// @param to who answers.
/// @returns `io` if it cannot listen.
result<std::shared_ptr<service>> reverse(const boost::asio::any_io_executor& on,
                                         const service_settings& settings, const dialling& how,
                                         const atls::address& to);

using request = boost::beast::http::request<boost::beast::http::string_body>;
using response = boost::beast::http::response<boost::beast::http::string_body>;

/// Answers a request of a peer that has proved itself as the mode demands.
using answering = std::function<response(const request&, const atls::peer&)>;

/// A server: takes attested TLS, and has `answer` answer, on the executor.
/// @param max_body_bytes of a request; larger ones are refused with 413.
/// @returns `io` if it cannot listen.
result<std::shared_ptr<service>>
serve(const boost::asio::any_io_executor& on, const service_settings& settings, const dialling& how,
      answering answer, std::size_t max_body_bytes = std::size_t{1024} * 1024);

} // namespace troth::http
