#include "shared/link/handshake.hpp"

#include "shared/link/frame.hpp"
#include "shared/link/plain_channel.hpp"

#include <sys/socket.h>

#include <array>
#include <utility>

namespace troth::link {

namespace {

constexpr std::size_t record_header_bytes = 5; // RFC 8446, 5.1: type, version, length

const char* reason_of(errc code) {
  switch (code) {
  case errc::untrusted:
    return "untrusted";
  case errc::expired:
    return "expired";
  default:
    return "tls";
  }
}

} // namespace

handshake::handshake(descriptor fd, side ours, expected_peers expected,
                     std::shared_ptr<const keyring> keys)
  : fd_(std::move(fd)), ours_(ours), expected_(std::move(expected)), keys_(std::move(keys)),
    stage_(ours == side::dialling ? stage::connecting : stage::showing) {
  // nop
}

handshake::state handshake::step() {
  if (stage_ == stage::connecting) {
    if (const auto done = connected(fd()); !done)
      return refuse("connect", done.error());
    stage_ = stage::showing;
  }
  if (stage_ == stage::showing)
    return keys_ ? show_certificates() : show_local();
  return await_greeting();
}

handshake::state handshake::show_local() {
  const auto shown = peer_of(fd());
  if (!shown)
    return refuse("user", shown.error());
  if (!let_in(admit(*shown, expected_)))
    return state::refused;
  channel_ = std::make_unique<plain_channel>(fd());
  stage_ = stage::greeting;
  return ours_ == side::accepting ? state::done : await_greeting();
}

handshake::state handshake::show_certificates() {
  if (tls_ == nullptr) {
    auto made = std::make_unique<tls_channel>(keys_->context(), fd(), ours_);
    tls_ = made.get();
    channel_ = std::move(made);
  }
  switch (tls_->shake_hands()) {
  case tls_channel::progress::wants_read:
    return state::wants_read;
  case tls_channel::progress::wants_write:
    return state::wants_write;
  case tls_channel::progress::failed:
    return refuse(reason_of(tls_->why().code), tls_->why());
  case tls_channel::progress::done:
    break;
  }
  const auto shown = tls_->peer();
  if (!shown)
    return refuse("tls", shown.error());
  if (!let_in(admit(*shown, expected_)))
    return state::refused;
  if (keys_->is_denied(who_.fingerprint))
    return refuse("denied", {errc::forbidden, who_.name + ": on the deny list"});
  tls_->begin();
  stage_ = stage::greeting;
  return ours_ == side::accepting ? state::done : await_greeting();
}

/// Looks at the first bytes without taking them: CAF has them announced once more.
handshake::state handshake::await_greeting() {
  if (ours_ == side::accepting)
    return state::done;
  std::array<unsigned char, record_header_bytes> begin{};
  const auto got = recv(fd(), begin.data(), begin.size(), MSG_PEEK);
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
    return refuse("not_admitted", {errc::unavailable, "the peer hung up before it greeted"});
  if (got < 0)
    return state::wants_read;
  if (tls_ == nullptr)
    return state::done;
  if (got < static_cast<ssize_t>(begin.size()))
    return state::wants_more;
  const auto length = static_cast<std::size_t>(begin[3]) << 8U | begin[4];
  if (length < frame_header_bytes) // too short for a greeting: an alert
    return refuse("not_admitted", {errc::unavailable, "the peer does not take our certificate"});
  return state::done;
}

/// @returns false if that was a refusal.
bool handshake::let_in(admission looked_at) {
  if (auto* no = std::get_if<refusal>(&looked_at)) {
    why_ = std::move(*no);
    return false;
  }
  who_ = std::get<identity>(std::move(looked_at));
  return true;
}

handshake::state handshake::refuse(const char* reason, error why) {
  why_ = {reason, std::move(why)};
  return state::refused;
}

} // namespace troth::link
