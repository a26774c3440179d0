#pragma once

#include "shared/base/result.hpp"
#include "shared/link/address.hpp"
#include "shared/link/descriptor.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace troth::link {

/// Asks the system for the numeric addresses of a host. Blocks, as long as the
/// system's resolver likes.
/// @returns them, sorted, each once; `unavailable` if the name is not known now.
result<std::vector<address>> resolve(const address& name);

/// A socket that listens. Its own file of a Unix socket goes with it.
class listening_socket {
public:
  /// Listens, without blocking; a port of 0 picks a free one. A Unix socket that nobody serves any
  /// more is replaced; who may use it is for the mode of its folder, and for `local_user`.
  /// @returns `io`, also where somebody else listens already.
  static result<listening_socket> open(const endpoint& at);

  listening_socket(listening_socket&&) noexcept = default;
  listening_socket& operator=(listening_socket&&) noexcept = default;
  ~listening_socket();

  int fd() const noexcept { return fd_.get(); }

  /// Returns where it listens, with the real port.
  const endpoint& where() const noexcept { return where_; }

private:
  listening_socket(descriptor fd, endpoint where);

  descriptor fd_;
  endpoint where_;
  dev_t device_ = 0;
  ino_t file_ = 0;
};

/// Begins to connect, without blocking: the socket is writable once it is connected, or failed.
/// @param where the host a number.
/// @returns `unavailable`, `malformed`.
result<descriptor> connect_to(const endpoint& where);

/// Returns what became of a connection that was begun. @returns `unavailable`.
result<void> connected(int fd);

/// Sends small messages at once, and notices within seconds that the other side's machine is gone.
void prepare_tcp(int fd);

/// Lets a Unix socket hold a body of 256 KiB whole, where the system's own limit does.
void prepare_local(int fd);

/// Who holds the other end of a Unix socket.
struct local_user {
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> other_groups = {};
};

/// @returns `io`.
result<local_user> peer_of(int fd);

} // namespace troth::link
