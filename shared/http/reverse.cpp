#include "shared/http/acceptor.hpp"
#include "shared/http/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>

namespace troth::http {

namespace {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;

/// One peer that has proved itself, and the server that answers it.
class reversing {
public:
  reversing(atls::connection peer, service_settings settings, atls::address to,
            acceptor::place held)
    : peer_(std::move(peer)), settings_(std::move(settings)), to_(std::move(to)),
      held_(std::move(held)), server_(peer_.get_executor()) {
    // nop
  }

  asio::any_io_executor executor() { return peer_.get_executor(); }

  awaitable<void> run() {
    patience waiting{executor(), settings_.patience, [this] { close(); }};
    for (bool goes_on = true; goes_on;) {
      waiting.restart();
      auto asked = co_await next_request(peer_, buffer_);
      goes_on = asked && co_await reverse_one(*asked, waiting);
    }
    const auto state = peer_.state();
    if (!state && state.error().code != errc::io && state.error().code != errc::unavailable)
      tell(state.error()); // it lost our trust on the way
    close();
  }

private:
  awaitable<bool> reverse_one(request_parser& asked, patience& waiting) {
    auto& header = asked.get();
    if (header.method() == bhttp::verb::connect) {
      co_await answer_error(peer_, 405, "unsupported: CONNECT", false);
      co_return false;
    }
    if (auto ready = co_await connect(); !ready) {
      tell(ready.error());
      co_await answer_error(peer_, status_of(ready.error().code),
                            "unavailable: the server behind this proxy", false);
      co_return false;
    }
    co_await allow_body(peer_, asked);
    const auto keeps = header.keep_alive();
    remove_hops(header);
    tell_peer(header, peer_.who());
    header.keep_alive(true);
    boost::beast::flat_buffer buffer;
    const auto done = co_await exchange(peer_, buffer_, asked, server_, buffer, waiting);
    if (!done.keeps_up || buffer.size() != 0)
      drop_server();
    if (!done.why.empty())
      tell({errc::io, done.why});
    if (!done.is_answered)
      co_await answer_error(peer_, 502, "io: the server behind this proxy does not answer", false);
    const bool goes_on = keeps && done.keeps_down;
    co_return goes_on;
  }

  /// Makes a connection to the server, unless the last one still is there.
  awaitable<result<void>> connect() {
    if (server_.is_open()) {
      char first = 0;
      error_code why;
      server_.non_blocking(true, why);
      server_.receive(asio::buffer(&first, 1), tcp::socket::message_peek, why);
      if (why == asio::error::would_block)
        co_return result<void>{};
      drop_server();
    }
    tcp::resolver resolver{executor()};
    error_code why;
    const auto found = co_await resolver.async_resolve(to_.host, to_.port, into(why));
    if (!why)
      co_await asio::async_connect(server_, found, into(why));
    if (why)
      co_return error{errc::unavailable, to_.host + ':' + to_.port + ": " + why.message()};
    server_.set_option(tcp::no_delay{true}, why);
    co_return result<void>{};
  }

  void drop_server() {
    error_code ignored;
    server_.close(ignored);
  }

  void close() {
    peer_.close();
    drop_server();
  }

  void tell(const error& why) const {
    if (settings_.on_failure)
      settings_.on_failure(peer_.who().address, why);
  }

  atls::connection peer_;
  const service_settings settings_;
  const atls::address to_;
  const acceptor::place held_;
  tcp::socket server_;
  boost::beast::flat_buffer buffer_;
};

} // namespace

result<std::shared_ptr<service>> reverse(const asio::any_io_executor& on,
                                         const service_settings& settings, const dialling& how,
                                         const atls::address& to) {
  return accept_attested(
    on, settings, how, [settings, to](atls::connection peer, acceptor::place held) {
      const auto one = std::make_shared<reversing>(std::move(peer), settings, to, std::move(held));
      asio::co_spawn(
        one->executor(), [one]() -> awaitable<void> { co_await one->run(); }, asio::detached);
    });
}

} // namespace troth::http
