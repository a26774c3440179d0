#include "services/gateway/grpc_acceptor.hpp"

#include <sys/epoll.h>

#include <array>
#include <fcntl.h>
#include <string>
#include <utility>
#include <vector>

namespace troth::services {

namespace {

using boost::system::error_code;

constexpr int max_ends = 64; // that epoll tells at a time

} // namespace

grpc_acceptor::grpc_acceptor(std::size_t max_connections)
  : max_connections_(max_connections), work_(context_.get_executor()), ends_(context_) {
  // nop
}

grpc_acceptor::~grpc_acceptor() {
  context_.stop();
  if (thread_.joinable())
    thread_.join();
}

result<std::uint16_t> grpc_acceptor::listen(const link::address& at) {
  error_code why;
  ends_.assign(epoll_create1(EPOLL_CLOEXEC), why);
  if (why)
    return error{errc::io, "epoll_create1: " + why.message()};
  tcp::resolver resolver{context_};
  const auto found = resolver.resolve(at.host.empty() ? "0.0.0.0" : at.host,
                                      std::to_string(at.port),
                                      tcp::resolver::passive | tcp::resolver::numeric_service, why);
  std::vector<tcp::endpoint> places{found.begin(), found.end()};
  // Every interface is that of both families, as it is where the library listens. If one socket
  // can serve both, there is no room for the second.
  if (!places.empty() && places.front().address().is_unspecified())
    places = {{tcp::v6(), at.port}, {tcp::v4(), at.port}};
  auto port = at.port;
  for (auto& place : places) {
    place.port(port);
    auto& one = acceptors_.emplace_back(context_, [this](tcp::socket got) {
      admit(std::move(got));
      return nullptr; // it is the server's from here on
    });
    why = one.bind(place);
    if (!why)
      why = one.listen();
    if (why)
      acceptors_.pop_back();
    else
      port = one.where().port();
  }
  if (acceptors_.empty())
    return error{errc::io, "cannot listen on " + to_string(at) + " for gRPC: " + why.message()};
  return port;
}

void grpc_acceptor::start(std::unique_ptr<server> to) {
  server_ = std::move(to);
  await_ends();
  for (auto& one : acceptors_)
    one.start();
  thread_ = std::thread{[this] { context_.run(); }};
}

void grpc_acceptor::stop() {
  for (auto& one : acceptors_)
    one.stop();
}

void grpc_acceptor::admit(tcp::socket got) {
  if (open_.size() >= max_connections_)
    return;
  error_code why;
  got.native_non_blocking(true, why); // as the library takes it for granted
  if (!why)
    got.set_option(tcp::no_delay{true}, why);
  // The server shuts a connection down before it closes it: a copy of the descriptor is told. A
  // client that sends no more, or urgent data, has not ended anything, and wakes nobody here.
  link::descriptor copy{fcntl(got.native_handle(), F_DUPFD_CLOEXEC, 0)};
  epoll_event hang_up{};
  hang_up.events = EPOLLET; // a hang-up is always told
  hang_up.data.fd = copy.get();
  if (why || !copy || epoll_ctl(ends_.native_handle(), EPOLL_CTL_ADD, copy.get(), &hang_up) != 0)
    return;
  const int key = copy.get();
  open_.emplace(key, std::move(copy));
  server::NewConnectionParameters given;
  given.fd = got.release(why);
  server_->HandleNewConnection(&given);
}

void grpc_acceptor::await_ends() {
  ends_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](error_code why) {
    if (why)
      return;
    std::array<epoll_event, max_ends> told{};
    const int count = epoll_wait(ends_.native_handle(), told.data(), max_ends, 0);
    for (int n = 0; n < count; ++n) {
      const auto& one = told.at(static_cast<std::size_t>(n));
      if ((one.events & EPOLLHUP) == 0)
        continue;
      epoll_ctl(ends_.native_handle(), EPOLL_CTL_DEL, one.data.fd, nullptr);
      open_.erase(one.data.fd);
    }
    await_ends();
  });
}

} // namespace troth::services
