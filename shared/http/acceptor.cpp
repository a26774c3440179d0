#include "shared/http/acceptor.hpp"

#include "shared/atls/listener.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <chrono>
#include <utility>

namespace troth::http {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::chrono::milliseconds pause_time{100};

} // namespace

acceptor::acceptor(const asio::any_io_executor& on, const service_settings& settings, taking take)
  : on_(on), settings_(settings), take_(std::move(take)), listening_(asio::make_strand(on)),
    pause_(listening_.get_executor()) {
  // nop
}

result<void> acceptor::open() {
  if (auto done = atls::listen_at(listening_, settings_.at); !done)
    return done;
  accept();
  return {};
}

std::uint16_t acceptor::port() const {
  boost::system::error_code ignored;
  return listening_.local_endpoint(ignored).port();
}

void acceptor::stop() {
  asio::post(listening_.get_executor(), [self = shared_from_this()] {
    boost::system::error_code ignored;
    self->listening_.close(ignored);
    self->pause_.cancel();
  });
}

void acceptor::accept() {
  is_waiting_ = taken_ >= settings_.max_connections;
  if (is_waiting_)
    return;
  listening_.async_accept(
    asio::any_io_executor{asio::make_strand(on_)},
    [self = shared_from_this()](const boost::system::error_code& why, auto socket) {
      if (!self->listening_.is_open())
        return;
      if (why)
        return self->accept_later(); // out of descriptors, say: at once it would be so again
      ++self->taken_;
      const place held{self.get(), [weak = self->weak_from_this()](acceptor* of) {
                         if (const auto still = weak.lock())
                           asio::post(of->listening_.get_executor(), [still] { still->leave(); });
                       }};
      tcp::socket taken{std::move(socket)};
      boost::system::error_code ignored;
      taken.set_option(tcp::no_delay{true}, ignored); // it works without
      self->take_(std::move(taken), held);
      self->accept();
    });
}

void acceptor::accept_later() {
  pause_.expires_after(pause_time);
  pause_.async_wait([self = shared_from_this()](const boost::system::error_code& why) {
    if (!why && self->listening_.is_open())
      self->accept();
  });
}

void acceptor::leave() {
  --taken_;
  if (is_waiting_ && listening_.is_open())
    accept();
}

result<std::shared_ptr<service>> accept_attested(const asio::any_io_executor& on,
                                                 const service_settings& settings,
                                                 const dialling& how, taking_peer take) {
  const auto made = std::make_shared<acceptor>(
    on, settings,
    [settings, how, take = std::move(take)](tcp::socket socket, const acceptor::place& held) {
      boost::system::error_code ignored;
      const auto from = socket.remote_endpoint(ignored);
      atls::async_attest(std::move(socket), atls::side::server, "", how.tls, how.with,
                         [settings, take, held, from](result<atls::connection> done) {
                           if (done)
                             return take(*std::move(done), held);
                           if (settings.on_failure)
                             settings.on_failure(from.address().to_string() + ':'
                                                   + std::to_string(from.port()),
                                                 done.error());
                         });
    });
  if (auto opened = made->open(); !opened)
    return opened.error();
  return std::shared_ptr<service>{made};
}

} // namespace troth::http
