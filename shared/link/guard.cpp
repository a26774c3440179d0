#include "shared/link/guard.hpp"

#include <algorithm>
#include <utility>

namespace troth::link {

namespace {

constexpr const char* sought_by_caf = ""; // no rule: every node looks for services of CAF's, once

// The client greets at once, and a second time to choose this connection for what we send.
constexpr unsigned max_client_handshakes = 2;

std::uint8_t known_flags(operation what) {
  switch (what) {
  case operation::direct_message:
    return frame_flag::named_receiver;
  case operation::client_handshake:
    return frame_flag::select_connection;
  default:
    return 0;
  }
}

} // namespace

guard::guard(side ours, const guard_limits& limits, const node& own,
             std::function<bool(const node&)> may_be)
  : ours_(ours), limits_(limits), own_(own), may_be_(std::move(may_be)),
    pending_(limits.max_pending) {
  // nop
}

verdict guard::header(byte_view bytes) {
  const auto read = parse_frame(bytes);
  if (!read)
    return close("header", read.error().code, read.error().where);
  current_ = *read;
  if (const auto judged = fields(); judged != verdict::pass)
    return judged;
  if (const auto judged = order(); judged != verdict::pass)
    return judged;
  return current_.what == operation::direct_message ? message() : verdict::pass;
}

/// Judges what needs no memory of earlier frames.
verdict guard::fields() {
  const auto& at = current_;
  const auto what = "operation " + std::to_string(static_cast<unsigned>(at.what));
  if ((at.flags & ~known_flags(at.what)) != 0)
    return close("flags", errc::malformed, what + ": flags " + std::to_string(at.flags));
  if (at.what == operation::routed_message)
    return close("operation", errc::forbidden, what + ": there are no hops between us");
  const auto is_message = at.what == operation::direct_message;
  const auto most = at.what == operation::heartbeat ? 0
                    : is_message                    ? limits_.max_frame_bytes
                                                    : limits_.max_control_bytes;
  if (at.payload_bytes > most)
    return close("length", errc::too_large,
                 what + ": got " + std::to_string(at.payload_bytes) + " bytes, at most "
                   + std::to_string(most));
  if (at.payload_bytes == 0 && at.what != operation::heartbeat)
    return close("length", errc::missing, what + ": no payload");
  const auto has_data = is_message || at.what == operation::server_handshake;
  const auto has_source = is_message || at.what == operation::down_message;
  const auto has_destination = is_message || at.what == operation::monitor_message;
  if ((!has_data && at.data != 0) || (!has_source && at.source != 0)
      || (!has_destination && at.destination != 0))
    return close("fields", errc::malformed, what + ": a field that must be zero is not");
  if ((at.what == operation::down_message && at.source == 0)
      || (at.what == operation::monitor_message && at.destination == 0)
      || (is_message && at.destination == 0))
    return close("fields", errc::missing, what + ": no actor");
  return verdict::pass;
}

/// Judges whether it is time for this.
verdict guard::order() {
  switch (current_.what) {
  case operation::server_handshake:
    if (ours_ != side::dialling || handshakes_ != 0)
      return close("order", errc::conflict, "a server's handshake, not expected");
    if (current_.data != basp_version)
      return close("version", errc::unsupported,
                   "got " + std::to_string(current_.data) + ", expected "
                     + std::to_string(basp_version));
    break;
  case operation::client_handshake:
    if (ours_ != side::accepting || handshakes_ == max_client_handshakes)
      return close("order", errc::conflict, "a client's handshake, not expected");
    break;
  default:
    if (!theirs_)
      return close("order", errc::conflict, "a frame before the handshake");
    return verdict::pass;
  }
  ++handshakes_;
  return verdict::pass;
}

/// Judges whom a message is for.
verdict guard::message() {
  if ((current_.flags & frame_flag::named_receiver) != 0)
    return skip(std::exchange(has_sought_services_, true) ? "named_receiver" : sought_by_caf);
  if ((current_.data & response_bit) != 0)
    return pending_.take({current_.destination, current_.data & request_number_mask})
             ? verdict::pass
             : skip("answer");
  return published_ != 0 && current_.destination == published_ ? verdict::pass : skip("receiver");
}

verdict guard::payload(byte_view bytes) {
  const auto refuse = [&](const error& why) {
    return close(why.code == errc::forbidden ? "message_type" : "payload", why.code, why.where);
  };
  switch (current_.what) {
  case operation::server_handshake: {
    const auto read = parse_server_handshake(bytes);
    return read ? greet(read->from) : refuse(read.error());
  }
  case operation::client_handshake: {
    const auto read = parse_client_handshake(bytes);
    return read ? greet(*read) : refuse(read.error());
  }
  case operation::monitor_message: {
    const auto read = parse_monitor_message(bytes);
    return read ? check_route(*read) : refuse(read.error());
  }
  case operation::down_message: {
    const auto read = parse_down_message(bytes, limits_.message_types);
    return read ? check_route(*read) : refuse(read.error());
  }
  default: {
    const auto good = check_message(bytes, limits_.message_types);
    return good ? verdict::pass : refuse(good.error());
  }
  }
}

verdict guard::greet(const node& from) {
  if (theirs_)
    return from == *theirs_ ? verdict::pass
                            : close("node", errc::conflict, "the peer is another node now");
  if (!std::equal(from.begin(), from.begin() + node_kind_bytes, own_.begin()))
    return close("node", errc::unsupported, "a node id of another kind");
  if (from == own_)
    return close("node", errc::conflict, "our own node id");
  if (!may_be_(from))
    return close("node", errc::conflict, "the node id of another peer");
  theirs_ = from;
  return verdict::pass;
}

verdict guard::check_route(const route& of) {
  if (of.from != *theirs_)
    return close("node", errc::forbidden, "the peer speaks for another node");
  if (of.to != own_)
    return close("node", errc::forbidden, "the peer speaks to another node");
  return verdict::pass;
}

void guard::sent(const frame& header, byte_view payload) {
  if (header.what == operation::server_handshake) {
    if (const auto ours = parse_server_handshake(payload))
      published_ = ours->published;
    return;
  }
  const auto number = header.data & request_number_mask;
  if (header.what == operation::direct_message && (header.data & response_bit) == 0 && number != 0
      && header.source != 0)
    pending_.add({header.source, number});
}

verdict guard::close(const char* rule, errc code, std::string where) {
  rule_ = rule;
  why_ = {code, std::move(where)};
  return verdict::close;
}

verdict guard::skip(const char* rule) {
  rule_ = rule;
  why_ = {errc::forbidden, rule};
  return verdict::skip;
}

} // namespace troth::link
