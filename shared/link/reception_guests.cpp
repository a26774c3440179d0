#include "shared/link/reception.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <netdb.h>
#include <utility>

// What becomes of one connection on its way in or out.

namespace troth::link {

namespace {

constexpr int max_accepted = 32; // at one door, before others have their turn

/// Returns the number of the host at the other side; empty for a Unix socket.
std::string host_of(const sockaddr_storage& from, socklen_t size) {
  std::array<char, NI_MAXHOST> out{};
  if (from.ss_family == AF_UNIX
      || getnameinfo(reinterpret_cast<const sockaddr*>(&from), size, out.data(), out.size(),
                     nullptr, 0, NI_NUMERICHOST)
           != 0)
    return {};
  return out.data();
}

} // namespace

void reception::accept_at(std::uint64_t number) {
  const auto& at = doors_.at(number);
  for (int n = 0; n < max_accepted; ++n) {
    sockaddr_storage from{};
    socklen_t size = sizeof(from);
    descriptor fd{accept4(at.socket.fd(), reinterpret_cast<sockaddr*>(&from), &size,
                          SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!fd) {
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        pause(); // out of descriptors or memory: asked again at once, the kernel says it again
      return;
    }
    const auto is_local = at.socket.where().is_local();
    is_local ? prepare_local(fd.get()) : prepare_tcp(fd.get());
    greet(make_number(), guest{handshake{std::move(fd), side::accepting, at.expected,
                                         is_local ? nullptr : ports_.keys},
                               number,
                               host_of(from, size),
                               {},
                               {}});
  }
}

void reception::greet(std::uint64_t who, guest&& fresh) {
  if (const auto evicted = strangers_.enter(who, fresh.address, clock::now()))
    refuse(*evicted, "evicted", {errc::exhausted, "too many are in their handshake"});
  const auto fd = fresh.hand.fd();
  guests_.emplace(who, std::move(fresh));
  watch(fd, who, readable, true);
  go_on(who);
}

void reception::go_on(std::uint64_t who) {
  auto& one = guests_.at(who);
  switch (one.hand.step()) {
  case handshake::state::wants_read:
    return watch(one.hand.fd(), who, readable, false);
  case handshake::state::wants_write:
    return watch(one.hand.fd(), who, writable, false);
  case handshake::state::wants_more:
    return watch(one.hand.fd(), who, readable | EPOLLET, false);
  case handshake::state::refused:
    return refuse(who, one.hand.why().reason, error{one.hand.why().why});
  case handshake::state::done:
    return settle(who);
  }
}

/// Hands over a connection whose other side is known.
void reception::settle(std::uint64_t who) {
  auto& one = guests_.at(who);
  if (const auto* reason = one.through == 0 ? nullptr : peers_.crowd(one.through, one.address);
      reason != nullptr)
    return refuse(who, "full", {errc::exhausted, reason});
  strangers_.leave(who);
  auto leaving = std::move(guests_.extract(who).mapped());
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, leaving.hand.fd(), nullptr);
  auto life = std::make_shared<lifeline>(leaving.hand.fd(), leaving.hand.who(), leaving.through,
                                         leaving.address);
  life->limit(clock::now() + limits_.greet_time);
  established made{leaving.hand.take_socket(), leaving.hand.take_channel(), life};
  if (leaving.then) {
    peers_.add(life);
    return leaving.then(std::move(made));
  }
  if (doors_.at(leaving.through).to->push(std::move(made)))
    peers_.add(life);
  else
    ports_.counts->refused_handshake("full");
}

void reception::refuse(std::uint64_t who, const char* reason, const error& why) {
  auto leaving = std::move(guests_.extract(who).mapped());
  strangers_.leave(who);
  ports_.counts->refused_handshake(reason);
  if (leaving.then)
    return leaving.then(error{why.code, leaving.address + ": " + why.where});
  const auto from = leaving.address.empty() ? std::string{"local"} : leaving.address;
  say("from " + from + ": " + reason + ": " + why.where);
}

/// Says the first few things of a tick: who floods us shall not flood the log.
void reception::say(const std::string& what) {
  if (notes_left_ == 0) {
    ++unsaid_;
    return;
  }
  --notes_left_;
  ports_.note(what);
}

} // namespace troth::link
