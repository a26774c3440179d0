#include "shared/atls/listener.hpp"

#include "shared/base/text.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <optional>
#include <utility>

namespace troth::atls {

struct listener::parts {
  boost::asio::io_context loop{1};
  boost::asio::ip::tcp::acceptor acceptor{loop};
};

listener::listener(std::unique_ptr<parts> from) : parts_(std::move(from)) {
  // nop
}

listener::listener(listener&&) noexcept = default;
listener& listener::operator=(listener&&) noexcept = default;
listener::~listener() = default;

result<void> listen_at(boost::asio::ip::tcp::acceptor& with, const address& at) {
  if (!is_port(at.port))
    return error{errc::malformed, "no port: " + at.port};
  boost::system::error_code why;
  boost::asio::ip::tcp::resolver resolver{with.get_executor()};
  const auto found = resolver.resolve(at.host, at.port, boost::asio::ip::tcp::resolver::passive,
                                      why);
  if (!why)
    with.open(found.begin()->endpoint().protocol(), why);
  if (!why)
    with.set_option(boost::asio::socket_base::reuse_address{true}, why);
  if (!why)
    with.bind(found.begin()->endpoint(), why);
  if (!why)
    with.listen(boost::asio::socket_base::max_listen_connections, why);
  if (why)
    return error{errc::io, "cannot listen on " + at.host + ':' + at.port + ": " + why.message()};
  return {};
}

result<listener> listener::open(const address& at) {
  auto made = std::make_unique<parts>();
  if (auto done = listen_at(made->acceptor, at); !done)
    return done.error();
  return listener{std::move(made)};
}

std::uint16_t listener::port() const {
  boost::system::error_code ignored;
  return parts_->acceptor.local_endpoint(ignored).port();
}

result<connection> listener::accept(const tls_context& tls, const settings& with) {
  const auto take = [this](boost::asio::io_context& loop) -> result<boost::asio::ip::tcp::socket> {
    std::optional<boost::system::error_code> done;
    boost::asio::ip::tcp::socket out{loop};
    parts_->loop.restart();
    parts_->acceptor.async_accept(out, [&](const boost::system::error_code& why) { done = why; });
    while (!done)
      parts_->loop.run_one();
    if (*done)
      return error{errc::unavailable, "aTLS: accept: " + done->message()};
    return out;
  };
  return attest(take, side::server, "", tls, with);
}

void listener::close() {
  boost::asio::post(parts_->loop, [this] {
    boost::system::error_code ignored;
    parts_->acceptor.close(ignored);
  });
}

} // namespace troth::atls
