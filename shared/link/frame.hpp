#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

// What processes say to each other: BASP version 3, as CAF 0.17.6 writes it. Big endian. Read here
// so that a frame is judged before CAF parses it, or allocates for it.

namespace troth::link {

inline constexpr std::size_t frame_header_bytes = 32;
inline constexpr std::uint64_t basp_version = 3;

enum class operation : std::uint8_t {
  server_handshake,
  client_handshake,
  direct_message,
  routed_message,
  monitor_message,
  down_message,
  heartbeat,
};

namespace frame_flag {
inline constexpr std::uint8_t named_receiver = 1;    ///< Of a message: `destination` is an atom.
inline constexpr std::uint8_t select_connection = 2; ///< Of a client's handshake.
} // namespace frame_flag

/// The header of one frame.
struct frame {
  operation what{};
  std::uint8_t flags = 0;
  std::uint32_t payload_bytes = 0;
  std::uint64_t data = 0; ///< Of a message its id, of a server's handshake the version.
  std::uint64_t source = 0;
  std::uint64_t destination = 0;
};

/// @param header `frame_header_bytes`.
/// @returns `truncated`, `trailing`; `unsupported` for an operation there is not; `malformed` if
///          what must be zero is not.
result<frame> parse_frame(byte_view header);

// A message's id: whether it answers, and the number of the request; 0: it is no request.
inline constexpr std::uint64_t response_bit = std::uint64_t{1} << 63U;
inline constexpr std::uint64_t request_number_mask = 0x0FFF'FFFF'FFFF'FFFFU;

/// An actor system's id as it travels: kind, process and host.
using node = std::array<std::uint8_t, 32>;
inline constexpr std::size_t node_kind_bytes = 8;

struct server_handshake {
  node from{};
  std::uint64_t published = 0; ///< The actor that may be addressed; 0: none.
};

/// @returns `truncated`, `trailing`; `too_large` for more or longer names than we know.
result<server_handshake> parse_server_handshake(byte_view payload);

/// @returns `truncated`, `trailing`.
result<node> parse_client_handshake(byte_view payload);

/// Of a monitor or down message.
struct route {
  node from{};
  node to{};
};

/// @returns `truncated`, `trailing`.
result<route> parse_monitor_message(byte_view payload);

/// Names of types, as CAF writes them in front of a message.
using type_names = std::set<std::string, std::less<>>;

/// @returns as `check_message` for the reason in it.
result<route> parse_down_message(byte_view payload, const type_names& allowed);

/// Checks that a message has no forwarding stages and elements of these types only.
///
/// An error carries a message of its own: it must be the only element, and the types in it are
/// checked likewise, where a further error is none.
/// @returns `truncated`; `malformed`; `too_large` for a list longer than we know; `forbidden` for
///          another type.
/// @note What is behind the names is for CAF: a type belongs into `allowed` only if it allocates
///       no more than has arrived.
result<void> check_message(byte_view payload, const type_names& allowed);

} // namespace troth::link
