#pragma once

#include "shared/atls/connection.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>

namespace troth::atls {

/// Has an acceptor listen.
/// @param at port 0: any that is free.
/// @returns `malformed` for what is no port; `io` with what the system says.
result<void> listen_at(boost::asio::ip::tcp::acceptor& with, const address& at);

/// Waits for who dials, one after the other. For many at once take an acceptor of Boost.Asio's and
/// `async_attest`.
class listener {
public:
  /// @returns it; as `listen_at`.
  static result<listener> open(const address& at);

  listener(listener&&) noexcept;
  listener& operator=(listener&&) noexcept;
  ~listener();

  std::uint16_t port() const;

  /// Waits for the next, and for both to prove themselves.
  /// @returns `unavailable` once it is closed; what `async_attest` has, of one that is refused: the
  ///          next may be better.
  result<connection> accept(const tls_context& tls, const settings& with);

  /// Ends it, and an `accept` that waits. Any thread may.
  void close();

private:
  struct parts;

  explicit listener(std::unique_ptr<parts> from);

  std::unique_ptr<parts> parts_;
};

} // namespace troth::atls
