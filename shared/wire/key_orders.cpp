#include "shared/wire/key_orders.hpp"

#include "shared/base/algorithm.hpp"
#include "shared/base/base64.hpp"
#include "shared/base/bytes.hpp"
#include "shared/wire/key_members.hpp"
#include "shared/wire/members.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace troth::wire {

namespace {

using protocol::tls_key_request;

constexpr std::size_t max_digest_bytes = 64;

} // namespace

result<tls_key_request> read_key_order(std::string_view body) {
  auto whole = codec::parse_json(body, {.max_bytes = max_key_order_bytes});
  if (!whole)
    return error{whole.error().code, "key: " + whole.error().where};
  key_members in{*std::move(whole), "key"};
  tls_key_request out;
  out.action = protocol::tls_key_action::create;
  out.kind = in.text("type", true);
  out.algorithm = in.text("algorithm", true);
  out.common_name = in.text("commonName", false);
  out.dns_names = in.texts("dnsNames");
  out.ip_addresses = in.texts("ipAddresses");
  in.refuse_others();
  if (in.failure())
    return *in.failure();
  return out;
}

std::string write_key_order(const tls_key_request& from) {
  codec::json_writer out;
  out.begin_object();
  write_member(out, "type", from.kind);
  write_member(out, "algorithm", from.algorithm);
  if (!from.common_name.empty())
    write_member(out, "commonName", from.common_name);
  write_texts(out, "dnsNames", from.dns_names);
  write_texts(out, "ipAddresses", from.ip_addresses);
  out.end_object();
  return out.take();
}

result<tls_key_request> read_signature_order(std::string_view body) {
  auto parsed = members::parse(body, "signature");
  if (!parsed)
    return parsed.error();
  auto in = *std::move(parsed);
  tls_key_request out;
  out.action = protocol::tls_key_action::sign;
  in.require(in.has("hash"), errc::missing, "hash", "is absent");
  in.require(in.has("digest"), errc::missing, "digest", "is absent");
  out.hash = in.text("hash", max_digest_bytes);
  out.digest = protocol::to_blob(in.decoded("digest", 1, max_digest_bytes));
  return in.finish(std::move(out));
}

std::string write_signature_order(const tls_key_request& from) {
  codec::json_writer out;
  out.begin_object();
  write_member(out, "hash", from.hash);
  write_member(out, "digest", base64(protocol::to_bytes(from.digest)));
  out.end_object();
  return out.take();
}

result<void> check_signature_order(const tls_key_request& asked) {
  if (asked.digest.empty())
    return error{errc::missing, "digest"};
  constexpr std::array functions{hash_algorithm::sha256, hash_algorithm::sha384,
                                 hash_algorithm::sha512};
  const auto* const at
    = std::ranges::find_if(functions, [&](hash_algorithm one) { return name(one) == asked.hash; });
  if (at == functions.end())
    return error{errc::unsupported, "hash: got " + asked.hash.substr(0, max_digest_bytes)
                                      + ", expected SHA-256, SHA-384 or SHA-512"};
  if (asked.digest.size() != digest_size(*at))
    return error{errc::malformed, "digest: got " + std::to_string(asked.digest.size())
                                    + " bytes, expected " + std::to_string(digest_size(*at))
                                    + " of " + asked.hash};
  return {};
}

} // namespace troth::wire
