#pragma once

#include <cerrno>
#include <cstddef>
#include <optional>
#include <span>

namespace troth::link {

/// Carries the bytes of an established connection over its socket, which does not block.
class channel {
public:
  virtual ~channel() = default;

  /// Reads what there is, as much as fits.
  /// @returns how many bytes; 0: none now; nothing: the connection is over.
  virtual std::optional<std::size_t> read(std::span<char> to) = 0;

  /// Whether there is more to read that the socket will not announce.
  virtual bool has_more() const noexcept = 0;

  /// Writes from the front of `from`.
  /// @returns how many bytes are on their way; 0: none now, and the next call must begin with the
  ///          same bytes; nothing: the connection is over.
  virtual std::optional<std::size_t> write(std::span<const char> from) = 0;
};

/// Whether a call on the socket failed for now only. Looks at `errno`.
inline bool may_come_later() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/// How much is read from a socket at a time.
inline constexpr std::size_t read_bytes = std::size_t{64} * 1024;

} // namespace troth::link
