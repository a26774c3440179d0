#pragma once

#include "shared/http/service.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <memory>

namespace troth::http {

/// Takes connections, each on a strand of its own.
class acceptor final : public service, public std::enable_shared_from_this<acceptor> {
public:
  /// Held by a connection for as long as it is there.
  using place = std::shared_ptr<void>;
  using taking = std::function<void(boost::asio::ip::tcp::socket, place)>;

  acceptor(const boost::asio::any_io_executor& on, const service_settings& settings, taking take);

  /// @returns `io`.
  result<void> open();

  std::uint16_t port() const override;
  void stop() override;

private:
  void accept();
  void accept_later();
  void leave();

  const boost::asio::any_io_executor on_;
  const service_settings settings_;
  const taking take_;
  boost::asio::ip::tcp::acceptor listening_;
  boost::asio::steady_timer pause_; // on its strand
  std::size_t taken_ = 0;
  bool is_waiting_ = false; // for a place
};

using taking_peer = std::function<void(atls::connection, acceptor::place)>;

/// Takes connections whose both sides have proved themselves; of others `on_failure` tells.
/// @returns `io`.
result<std::shared_ptr<service>> accept_attested(const boost::asio::any_io_executor& on,
                                                 const service_settings& settings,
                                                 const dialling& how, taking_peer take);

} // namespace troth::http
