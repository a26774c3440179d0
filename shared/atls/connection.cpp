#include "shared/atls/connection.hpp"

#include "shared/atls/negotiation.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <optional>
#include <utility>

namespace troth::atls {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

attempt attempt_of(const std::shared_ptr<negotiation>& begun,
                   const tcp::socket::executor_type& on) {
  return attempt{[weak = std::weak_ptr{begun}, on] {
    asio::post(on, [weak] {
      if (const auto still = weak.lock())
        still->fail({errc::unavailable, "aTLS: cancelled"});
    });
  }};
}

/// Refuses what would be taken for "everybody is trusted".
result<void> check(const settings& given) {
  if (given.attest != mode::none && !given.with)
    return error{errc::missing,
                 "aTLS: an attester, for mode " + std::string{wire::atls::name(given.attest)}};
  return {};
}

attempt refuse(const asio::any_io_executor& on, connected then, error why) {
  asio::post(on, [then = std::move(then), why = std::move(why)] { then(why); });
  return {};
}

void connect(const std::shared_ptr<negotiation>& begun, const address& to) {
  begun->set_deadline();
  const auto resolver = std::make_shared<tcp::resolver>(begun->socket().get_executor());
  resolver->async_resolve(
    to.host, to.port, [begun, resolver, to](const error_code& why, const auto& found) {
      if (why)
        return begun->fail({errc::unavailable, "aTLS: " + to.host + ": " + why.message()});
      if (!begun->is_under_way())
        return;
      asio::async_connect(begun->socket(), found, [begun, to](const error_code& refused, auto) {
        if (refused)
          return begun->fail(
            {errc::unavailable, "aTLS: " + to.host + ':' + to.port + ": " + refused.message()});
        begun->begin();
      });
    });
}

attempt begin_dial(const asio::any_io_executor& on, std::shared_ptr<void> loop, const address& to,
                   const tls_context& tls, const settings& with, connected then) {
  if (auto good = check(with); !good)
    return refuse(on, std::move(then), good.error());
  const asio::any_io_executor strand = asio::make_strand(on);
  const auto begun = std::make_shared<negotiation>(tcp::socket{strand}, side::client, to.host, tls,
                                                   with, std::move(then));
  begun->keep(std::move(loop));
  asio::post(strand, [begun, to] { connect(begun, to); });
  return attempt_of(begun, strand);
}

} // namespace

connection::connection(std::unique_ptr<tls_stream> stream, peer who)
  : stream_(std::move(stream)), who_(std::move(who)) {
  // nop
}

void connection::close() noexcept {
  error_code ignored;
  lowest_layer().non_blocking(true, ignored); // so that nobody's farewell is waited for
  stream_->shutdown(ignored);
  lowest_layer().shutdown(tcp::socket::shutdown_both, ignored);
  lowest_layer().close(ignored);
}

attempt async_dial(const asio::any_io_executor& on, const address& to, const tls_context& tls,
                   const settings& with, connected then) {
  return begin_dial(on, nullptr, to, tls, with, std::move(then));
}

attempt async_attest(tcp::socket socket, side ours, const std::string& host, const tls_context& tls,
                     const settings& with, connected then) {
  if (auto good = check(with); !good)
    return refuse(socket.get_executor(), std::move(then), good.error());
  error_code why;
  const auto protocol = socket.local_endpoint(why).protocol();
  const asio::any_io_executor strand = asio::make_strand(socket.get_executor());
  tcp::socket moved{strand};
  if (!why)
    moved.assign(protocol, socket.release(why), why);
  if (why)
    return refuse(strand, std::move(then), {errc::io, "aTLS: " + why.message()});
  const auto begun = std::make_shared<negotiation>(std::move(moved), ours, host, tls, with,
                                                   std::move(then));
  asio::post(strand, [begun] {
    begun->set_deadline();
    begun->begin();
  });
  return attempt_of(begun, strand);
}

result<connection> dial(const address& to, const tls_context& tls, const settings& with) {
  const auto loop = std::make_shared<asio::io_context>(1);
  std::optional<result<connection>> out;
  begin_dial(loop->get_executor(), loop, to, tls, with,
             [&](result<connection> made) { out.emplace(std::move(made)); });
  while (!out && loop->run_one() > 0)
    continue;
  loop->poll(); // what was given up lets go
  if (!out)
    return error{errc::internal, "aTLS: nobody told what became of it"};
  if (!*out)
    return out->error();
  auto made = *std::move(*out);
  made.keep(loop);
  return made;
}

} // namespace troth::atls
