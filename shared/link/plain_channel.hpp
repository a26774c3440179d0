#pragma once

#include "shared/link/channel.hpp"

#include <vector>

namespace troth::link {

/// The bytes as they are: for a Unix socket, whose other end the kernel vouches for.
class plain_channel final : public channel {
public:
  /// @param fd must outlive the channel.
  explicit plain_channel(int fd);

  std::optional<std::size_t> read(std::span<char> to) override;
  bool has_more() const noexcept override { return next_ < end_; }
  std::optional<std::size_t> write(std::span<const char> from) override;

private:
  const int fd_;
  std::vector<char> ahead_;
  std::size_t next_ = 0; // of what was read ahead
  std::size_t end_ = 0;
  bool is_drained_ = false;
  bool was_direct_ = false; // the last read went where it was wanted, a big one
};

} // namespace troth::link
