#pragma once

#include "shared/base/result.hpp"
#include "shared/link/admission.hpp"
#include "shared/link/channel.hpp"
#include "shared/link/descriptor.hpp"
#include "shared/link/keyring.hpp"
#include "shared/link/side.hpp"
#include "shared/link/tls_channel.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troth::link {

/// What one connection does until both sides know each other. CAF sees nothing of it before.
///
/// A connection that we dialled is done only when the other side has begun to greet: CAF waits for
/// that without limit, and a server that refuses us says so no earlier.
class handshake {
public:
  /// @param fd connected, or, where we dial, about to be.
  /// @param keys null for a Unix socket.
  handshake(descriptor fd, side ours, expected_peers expected, std::shared_ptr<const keyring> keys);

  enum class state : std::uint8_t { wants_read, wants_write, wants_more, done, refused };

  /// Goes on as far as the socket lets it. `wants_more`: to be told only when more has come.
  state step();

  int fd() const noexcept { return fd_.get(); }

  /// @pre `step` returned `refused`.
  const refusal& why() const noexcept { return why_; }

  // What became of it, to be taken once. @pre `step` returned `done`.
  const identity& who() const noexcept { return who_; }
  descriptor take_socket() { return std::move(fd_); }
  std::unique_ptr<channel> take_channel() { return std::move(channel_); }

private:
  enum class stage : std::uint8_t { connecting, showing, greeting };

  state refuse(const char* reason, error why);
  bool let_in(admission looked_at);
  state show_local();
  state show_certificates();
  state await_greeting();

  descriptor fd_; // outlives what uses it
  const side ours_;
  const expected_peers expected_;
  const std::shared_ptr<const keyring> keys_;
  stage stage_;
  std::unique_ptr<channel> channel_;
  tls_channel* tls_ = nullptr; // channel_, if it is one
  identity who_;
  refusal why_{"", {errc::internal, {}}};
};

} // namespace troth::link
