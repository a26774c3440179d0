#include "shared/link/plain_channel.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace troth::link {

namespace {

// What is read ahead is copied once more: of a big message, one after another, let it be little.
constexpr std::size_t bytes_ahead_of_big = 4096;

} // namespace

plain_channel::plain_channel(int fd) : fd_(fd), ahead_(read_bytes) {
  // nop
}

std::optional<std::size_t> plain_channel::read(std::span<char> to) {
  if (next_ == end_) {
    if (std::exchange(is_drained_, false)) // the last read was short: it would say that again
      return 0;
    const auto is_direct = to.size() >= ahead_.size();
    const auto ahead = std::exchange(was_direct_, is_direct) ? bytes_ahead_of_big : ahead_.size();
    const auto room = is_direct ? to : std::span{ahead_}.first(ahead);
    const auto got = recv(fd_, room.data(), room.size(), 0);
    if (got <= 0)
      return got < 0 && may_come_later() ? std::optional<std::size_t>{0} : std::nullopt;
    const auto size = static_cast<std::size_t>(got);
    is_drained_ = size < room.size();
    if (is_direct)
      return size;
    next_ = 0;
    end_ = size;
  }
  const auto size = std::min(to.size(), end_ - next_);
  std::copy_n(ahead_.begin() + static_cast<std::ptrdiff_t>(next_), size, to.begin());
  next_ += size;
  return size;
}

std::optional<std::size_t> plain_channel::write(std::span<const char> from) {
  const auto sent = send(fd_, from.data(), from.size(), MSG_NOSIGNAL);
  if (sent < 0)
    return may_come_later() ? std::optional<std::size_t>{0} : std::nullopt;
  return static_cast<std::size_t>(sent);
}

} // namespace troth::link
