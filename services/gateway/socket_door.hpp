#pragma once

#include "services/gateway/door.hpp"
#include "shared/base/result.hpp"
#include "shared/link/address.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace troth::services {

/// Where the reference's socket API is served.
struct socket_addresses {
  std::string path;                 ///< Of a Unix socket; empty: none.
  std::optional<link::address> tcp; ///< Of the loopback interface: nobody shows who they are there.
};

/// Who may be on the other side of a socket.
struct socket_callers {
  std::function<caller(std::uint32_t uid)> of_user;
  caller of_tcp;
};

/// Serves the reference's socket API in threads of its own.
class socket_door {
public:
  /// @returns `io` if an address cannot be used; `conflict` if another process serves at the path.
  static result<std::unique_ptr<socket_door>> open(const socket_addresses& at,
                                                   socket_callers callers, door_parts parts);

  /// Stops at once.
  ~socket_door();
  socket_door(const socket_door&) = delete;
  socket_door& operator=(const socket_door&) = delete;

  /// Returns the TCP port, 0 if there is none.
  std::uint16_t port() const noexcept;

  /// Takes no new connections, ends those that wait, and gives the others this much time.
  void stop(std::chrono::milliseconds patience);

private:
  class implementation;
  explicit socket_door(std::unique_ptr<implementation> parts);
  std::unique_ptr<implementation> parts_;
};

} // namespace troth::services
