#include "shared/link/frame.hpp"

#include "shared/base/reader.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace troth::link {

namespace {

constexpr std::size_t max_names = 256;       // identifiers or signatures in a handshake
constexpr std::size_t max_name_bytes = 4096; // a signature lists all that an actor answers to
constexpr std::size_t max_type_bytes = 1024; // the types of one message
constexpr std::string_view no_elements = "@<>";
constexpr std::string_view error_type = "@error";

/// Takes a count as CAF writes it: 7 bits a byte, the lowest first.
std::size_t varint(reader& in, std::size_t max, std::string_view field) {
  constexpr unsigned max_shift = 28;
  std::size_t value = 0;
  for (unsigned shift = 0; in.ok(); shift += 7) {
    const auto byte = in.u8(field);
    in.require(shift <= max_shift, errc::too_large, field);
    if (shift > max_shift)
      break;
    value |= static_cast<std::size_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0)
      break;
  }
  in.require(value <= max, errc::too_large, field);
  return in.ok() ? value : 0;
}

byte_view text(reader& in, std::size_t max, std::string_view field) {
  return in.take(varint(in, max, field), field);
}

void skip_names(reader& in, std::string_view field) {
  const auto count = varint(in, max_names, field);
  for (std::size_t n = 0; n < count && in.ok(); ++n)
    text(in, max_name_bytes, field);
}

node take_node(reader& in, std::string_view field) {
  node out{};
  const auto taken = in.take(out.size(), field);
  std::copy(taken.begin(), taken.end(), out.begin());
  return out;
}

std::string_view to_view(byte_view from) {
  return {reinterpret_cast<const char*>(from.data()), from.size()};
}

enum class errors : std::uint8_t { allowed, refused };

void take_error(reader& in, const type_names& allowed);

/// Takes the types of a message, and an error whole; other elements stay.
void take_types(reader& in, const type_names& allowed, errors inner) {
  in.require(in.u16be("number") == 0, errc::malformed, "number");
  auto rest = to_view(text(in, max_type_bytes, "types"));
  if (!in.ok() || rest == no_elements)
    return;
  in.require(rest.starts_with(no_elements) && rest.size() > no_elements.size()
               && rest[no_elements.size()] == '+',
             errc::malformed, "types");
  if (!in.ok())
    return;
  rest.remove_prefix(no_elements.size() + 1);
  if (rest == error_type && inner == errors::allowed)
    return take_error(in, allowed);
  for (;;) {
    const auto end = std::min(rest.find('+'), rest.size());
    const auto one = rest.substr(0, end);
    if (one == error_type || !allowed.contains(one))
      return in.require(false, errc::forbidden, "types: " + std::string{one});
    if (end == rest.size())
      return;
    rest.remove_prefix(end + 1);
  }
}

void take_error(reader& in, const type_names& allowed) {
  in.u8("error.code");
  in.u64be("error.category");
  take_types(in, allowed, errors::refused);
}

} // namespace

result<frame> parse_frame(byte_view header) {
  reader in{header, "frame"};
  const auto what = in.u8("operation");
  in.require(what <= static_cast<std::uint8_t>(operation::heartbeat), errc::unsupported,
             "operation");
  in.require(in.u16be("padding") == 0, errc::malformed, "padding");
  frame out;
  out.what = static_cast<operation>(what);
  out.flags = in.u8("flags");
  out.payload_bytes = in.u32be("length");
  out.data = in.u64be("data");
  out.source = in.u64be("source");
  out.destination = in.u64be("destination");
  return in.finish(out);
}

result<server_handshake> parse_server_handshake(byte_view payload) {
  reader in{payload, "server_handshake"};
  server_handshake out;
  out.from = take_node(in, "node");
  skip_names(in, "applications");
  out.published = in.u64be("actor");
  skip_names(in, "interface");
  return in.finish(out);
}

result<node> parse_client_handshake(byte_view payload) {
  reader in{payload, "client_handshake"};
  const auto out = take_node(in, "node");
  return in.finish(out);
}

result<route> parse_monitor_message(byte_view payload) {
  reader in{payload, "monitor_message"};
  route out;
  out.from = take_node(in, "source");
  out.to = take_node(in, "destination");
  return in.finish(out);
}

result<route> parse_down_message(byte_view payload, const type_names& allowed) {
  reader in{payload, "down_message"};
  route out;
  out.from = take_node(in, "source");
  out.to = take_node(in, "destination");
  take_error(in, allowed);
  in.take(in.remaining(), "error.context"); // whose types are known to be good
  return in.finish(out);
}

result<void> check_message(byte_view payload, const type_names& allowed) {
  reader in{payload, "message"};
  in.require(in.u8("stages") == 0, errc::malformed, "stages");
  take_types(in, allowed, errors::allowed);
  if (!in.ok())
    return in.failure();
  return {};
}

} // namespace troth::link
