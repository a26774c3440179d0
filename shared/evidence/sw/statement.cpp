#include "shared/evidence/sw/statement.hpp"

#include "shared/codec/cbor_source.hpp"
#include "shared/codec/json.hpp"
#include "shared/codec/json_sink.hpp"
#include "shared/codec/json_source.hpp"

namespace troth::evidence::sw {

namespace {

constexpr std::string_view format = "sw.statement";
constexpr std::size_t max_nonce = 64;

/// A statement as it is carried.
struct payload_members {
  bytes nonce;
  bytes sha256; // empty: absent
};

void describe(auto& fields, codec::of<payload_members> auto& x) {
  fields.required({"nonce", 0}, codec::between(1, max_nonce, x.nonce));
  fields.optional({"sha256", 1}, codec::up_to(digest_size(hash_algorithm::sha256), x.sha256));
}

// A map of CBOR cannot begin as JSON does.
bool is_cbor(byte_view payload) {
  constexpr unsigned map = 5; // major type
  return !payload.empty() && payload.front() >> 5U == map;
}

result<payload_members> read_members(byte_view payload) {
  if (is_cbor(payload))
    return codec::from_cbor<payload_members>(payload, format);
  const auto json = codec::parse_json(to_text(payload), {.max_bytes = max_statement});
  if (!json)
    return json.error();
  return codec::from_json<payload_members>(*json, format);
}

} // namespace

result<statement> parse_statement(byte_view payload) {
  if (payload.size() > max_statement)
    return error{errc::too_large, std::string{format}};
  auto members = read_members(payload);
  if (!members)
    return members.error();
  statement out;
  out.nonce = members->nonce;
  if (members->sha256.empty())
    return out;
  const auto aggregate = digest::from(hash_algorithm::sha256, members->sha256);
  if (!aggregate)
    return error{errc::malformed, std::string{format} + ".sha256"};
  out.log_aggregate = *aggregate;
  return out;
}

bytes write_statement(const statement& value) {
  payload_members members{value.nonce, {}};
  if (value.log_aggregate)
    members.sha256 = copy(value.log_aggregate->view());
  return to_bytes(codec::to_json(members));
}

} // namespace troth::evidence::sw
