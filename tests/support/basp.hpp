#pragma once

#include "shared/base/bytes.hpp"
#include "shared/link/frame.hpp"

#include <string>
#include <string_view>
#include <vector>

// Frames as CAF 0.17.6 writes them, and as it never would.

namespace troth::testing {

inline void append(bytes& to, const bytes& more) {
  to.insert(to.end(), more.begin(), more.end());
}

inline void append_big(bytes& to, std::uint64_t value, unsigned size) {
  for (auto n = size; n-- > 0;)
    to.push_back(static_cast<std::uint8_t>(value >> (8 * n)));
}

/// A length in 7 bits a byte, and the text.
inline void append_text(bytes& to, std::string_view text) {
  auto left = text.size();
  for (; left > 0x7F; left >>= 7U)
    to.push_back(static_cast<std::uint8_t>(left | 0x80U));
  to.push_back(static_cast<std::uint8_t>(left));
  append(to, to_bytes(text));
}

struct frame_fields {
  link::operation what = link::operation::heartbeat;
  std::uint8_t flags = 0;
  std::uint64_t data = 0;
  std::uint64_t source = 0;
  std::uint64_t destination = 0;
};

inline bytes frame_header(const frame_fields& of, std::size_t payload_bytes) {
  bytes out{static_cast<std::uint8_t>(of.what), 0, 0, of.flags};
  append_big(out, payload_bytes, 4);
  append_big(out, of.data, 8);
  append_big(out, of.source, 8);
  append_big(out, of.destination, 8);
  return out;
}

/// The id of an actor system: of the common kind, and a process and host of this number.
inline link::node a_node(std::uint8_t number) {
  link::node out{};
  out.fill(number);
  for (std::size_t n = 0; n < link::node_kind_bytes; ++n)
    out.at(n) = static_cast<std::uint8_t>(0xA0 + n);
  return out;
}

inline bytes node_bytes(const link::node& of) {
  return {of.begin(), of.end()};
}

inline bytes server_greeting(const link::node& from, std::uint64_t published) {
  auto out = node_bytes(from);
  out.push_back(1);
  append_text(out, "generic-caf-app");
  append_big(out, published, 8);
  out.push_back(1);
  append_text(out, "caf::replies_to<@str>::with<@str>");
  return out;
}

/// A message with these types, and something behind them.
inline bytes message_of(std::string_view types, const bytes& behind = {1, 2, 3}) {
  bytes out{0, 0, 0};
  append_text(out, types);
  append(out, behind);
  return out;
}

/// An error with a context of these types.
inline bytes error_with(std::string_view context) {
  bytes behind{7};
  append_big(behind, 0x1234, 8);
  append_big(behind, 0, 2);
  append_text(behind, context);
  append(behind, {1, 2});
  return behind;
}

} // namespace troth::testing
