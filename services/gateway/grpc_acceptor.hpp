#pragma once

#include "services/net/acceptor.hpp"
#include "shared/base/result.hpp"
#include "shared/link/address.hpp"
#include "shared/link/descriptor.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <grpcpp/server_builder.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>
#include <unordered_map>

namespace troth::services {

/// Accepts the connections of a gRPC server, which counts none, and closes those over a limit.
class grpc_acceptor {
public:
  using server = grpc::experimental::ExternalConnectionAcceptor;

  explicit grpc_acceptor(std::size_t max_connections);

  /// Stops at once. The server ends its connections.
  ~grpc_acceptor();
  grpc_acceptor(const grpc_acceptor&) = delete;
  grpc_acceptor& operator=(const grpc_acceptor&) = delete;

  /// Listens at every address of the host that can be used; who connects waits for `start`.
  /// @returns the real port; `io` if there is no such address.
  result<std::uint16_t> listen(const link::address& at);

  /// @param to has been started.
  void start(std::unique_ptr<server> to);

  /// Takes no new connections.
  void stop();

private:
  using tcp = boost::asio::ip::tcp;

  void admit(tcp::socket got);
  void await_ends();

  const std::size_t max_connections_;
  std::unique_ptr<server> server_;
  boost::asio::io_context context_; // of one thread
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::list<net::acceptor<tcp>> acceptors_;
  boost::asio::posix::stream_descriptor ends_; // epoll's, which tells what has ended
  std::unordered_map<int, link::descriptor> open_;
  std::thread thread_;
};

} // namespace troth::services
