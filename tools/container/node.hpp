#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace troth::container {

enum class node_kind : std::uint8_t {
  regular = 1,
  directory,
  symbolic_link,
  character_device,
  block_device,
  fifo
};

/// What a file system says of one of its files.
struct node {
  node_kind kind = node_kind::regular;
  std::uint32_t mode = 0; ///< The permissions, with setuid, setgid and sticky bit.
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  std::uint64_t size_bytes = 0; ///< Of a regular file.
  std::string target;           ///< Of a symbolic link.
  std::uint32_t major = 0;      ///< Of a device, and so minor.
  std::uint32_t minor = 0;
  std::string capability; ///< The extended attribute `security.capability`; empty: none.
};

/// The order in which a file system is walked: a directory, then what is in it, by name.
struct walk_order {
  bool operator()(std::string_view a, std::string_view b) const noexcept;
  using is_transparent = void;
};

} // namespace troth::container
