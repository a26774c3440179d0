#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/error.hpp"
#include "shared/link/frame.hpp"
#include "shared/link/pending_requests.hpp"
#include "shared/link/side.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace troth::link {

/// What a peer may send.
struct guard_limits {
  std::size_t max_frame_bytes = std::size_t{2} * 1024 * 1024; ///< Payload of a message.
  std::size_t max_control_bytes = std::size_t{64} * 1024;     ///< Payload of any other frame.
  std::size_t max_pending = 100'000; ///< Requests of ours that wait for an answer.
  type_names message_types;          ///< What messages to us may hold.
};

/// What becomes of a frame.
enum class verdict : std::uint8_t {
  pass, ///< CAF gets it.
  skip, ///< It is read and forgotten: not for us, but nothing that only an enemy sends.
  close ///< The connection ends.
};

/// Judges every frame of one authenticated peer before CAF sees it. Pure: no CAF, no socket.
///
/// A peer may greet once, as its side does; address the published actor; answer our requests; say
/// that it watches one of our actors, or that one of its own has ended; and show that it lives.
/// Everything else that CAF would do for any peer is out of its reach: named actors (CAF's own for
/// configuration and remote spawning), other actors, speaking for other nodes, messages that CAF
/// acts upon by itself.
class guard {
public:
  /// @param own our node: a peer cannot be that.
  /// @param may_be asked once, whether the peer may be the node that it says it is.
  guard(side ours, const guard_limits& limits, const node& own,
        std::function<bool(const node&)> may_be);

  /// Judges a header. After `pass` or `skip`, `frame().payload_bytes` more bytes belong to it.
  verdict header(byte_view bytes);

  /// Judges the payload of the frame whose header passed.
  verdict payload(byte_view bytes);

  /// Learns from a whole frame that we send: which actor we published, and what we asked.
  void sent(const frame& header, byte_view payload);

  const frame& current() const noexcept { return current_; }

  /// Whether the peer has greeted as it must.
  bool is_greeted() const noexcept { return theirs_.has_value(); }

  /// Returns the node that the peer is.
  const std::optional<node>& theirs() const noexcept { return theirs_; }

  /// Returns why the last verdict was not `pass`: `where` says the details.
  const error& why() const noexcept { return why_; }

  /// Returns the rule that was broken, of a small fixed set, for figures; empty: none, it is only
  /// that CAF asks for something that we do not offer.
  const char* rule() const noexcept { return rule_; }

  pending_requests& pending() noexcept { return pending_; }

private:
  verdict close(const char* rule, errc code, std::string where);
  verdict skip(const char* rule);
  verdict fields();
  verdict order();
  verdict message();
  verdict greet(const node& from);
  verdict check_route(const route& of);

  const side ours_;
  const guard_limits& limits_;
  const node own_;
  const std::function<bool(const node&)> may_be_;
  pending_requests pending_;
  frame current_;
  unsigned handshakes_ = 0;
  bool has_sought_services_ = false;
  std::uint64_t published_ = 0;
  std::optional<node> theirs_;
  error why_{errc::malformed, {}};
  const char* rule_ = "";
};

} // namespace troth::link
