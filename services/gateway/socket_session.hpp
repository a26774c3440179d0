#pragma once

#include "services/gateway/door.hpp"
#include "services/net/connection_handle.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <atomic>
#include <cstddef>
#include <memory>

namespace troth::services {

/// What the connections of a socket door share. Lives until the last of them is gone.
struct socket_site {
  door_parts door;
  std::atomic<std::size_t> connections = 0;
};

/// Reads one request of the reference's socket API, answers it, and ends the connection.
///
/// A frame is `u32 length, u32 type, payload`, big-endian; the answer has the request's type, or
/// 0 with an error.
/// @param who was found out about the other side.
std::shared_ptr<net::connection_handle>
serve_socket(boost::asio::generic::stream_protocol::socket socket, caller who,
             const std::shared_ptr<socket_site>& what);

} // namespace troth::services
