#pragma once

#include "services/net/connection_handle.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <utility>
#include <vector>

namespace troth::services::net {

/// Accepts connections at one address, of TCP or of a Unix socket, and knows those it accepted.
template <class Protocol>
class acceptor {
public:
  using socket = typename Protocol::socket;
  using endpoint = typename Protocol::endpoint;
  using error_code = boost::system::error_code;

  /// Serves a connection. @returns null for one that is turned away.
  using taker = std::function<std::shared_ptr<connection_handle>(socket)>;

  acceptor(boost::asio::io_context& context, taker take)
    : context_(context), take_(std::move(take)), acceptor_(boost::asio::make_strand(context)),
      pause_(acceptor_.get_executor()) {
    // nop
  }

  /// Binds, but does not listen yet: a Unix socket's file can be given its mode in between.
  error_code bind(const endpoint& where) {
    error_code why;
    acceptor_.open(where.protocol(), why);
    if (!why)
      acceptor_.set_option(boost::asio::socket_base::reuse_address{true}, why);
    if (!why)
      acceptor_.bind(where, why);
    return why;
  }

  error_code listen() {
    error_code why;
    acceptor_.listen(boost::asio::socket_base::max_listen_connections, why);
    return why;
  }

  /// Returns where it listens, with the real port.
  endpoint where() const {
    error_code ignored;
    return acceptor_.local_endpoint(ignored);
  }

  void start() {
    boost::asio::post(acceptor_.get_executor(), [this] { accept(); });
  }

  /// Takes no new connections and tells the others to end. The context's threads must run.
  void stop() {
    std::promise<void> closed;
    boost::asio::post(acceptor_.get_executor(), [&] {
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      for (const auto& weak : connections_)
        if (const auto one = weak.lock())
          one->stop();
      closed.set_value();
    });
    closed.get_future().wait();
  }

private:
  void accept() {
    acceptor_.async_accept(boost::asio::make_strand(context_), [this](error_code why, socket got) {
      if (!acceptor_.is_open())
        return;
      if (why)
        return pause(); // out of descriptors: others must end first
      admit(std::move(got));
      accept();
    });
  }

  void pause() {
    pause_.expires_after(std::chrono::milliseconds{100});
    pause_.async_wait([this](error_code why) {
      if (!why)
        accept();
    });
  }

  void admit(socket got) {
    if (connections_.size() >= 2 * alive_ + 16) {
      std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
      alive_ = connections_.size();
    }
    if (const auto made = take_(std::move(got)))
      connections_.push_back(made);
  }

  boost::asio::io_context& context_;
  taker take_;
  boost::asio::basic_socket_acceptor<Protocol> acceptor_;
  boost::asio::steady_timer pause_;
  std::vector<std::weak_ptr<connection_handle>> connections_; // on the acceptor's strand
  std::size_t alive_ = 0;                                     // when they were last counted
};

} // namespace troth::services::net
