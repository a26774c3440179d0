#include "shared/wire/tls_keys.hpp"

#include "shared/base/algorithm.hpp"
#include "shared/base/base64.hpp"
#include "shared/base/bytes.hpp"
#include "shared/codec/json.hpp"
#include "shared/codec/json_writer.hpp"
#include "shared/wire/members.hpp"
#include "shared/wire/requests.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace troth::wire {

namespace {

using nlohmann::json;
using protocol::tls_key_request;

constexpr std::size_t max_list_bytes = std::size_t{16} * 1024 * 1024;
constexpr std::size_t max_text_bytes = 1024; // of a name
constexpr std::size_t max_names = 100;
constexpr std::size_t max_digest_bytes = 64;
constexpr std::size_t max_chain = 16;

/// Takes members out of an object; the first failure sticks.
class key_members {
public:
  key_members(json from, std::string place) : from_(std::move(from)), place_(std::move(place)) {
    if (!from_.is_object())
      failure_ = error{errc::malformed, place_ + ": expected an object"};
  }

  std::string text(const char* name, bool is_needed) {
    const auto taken = take(name, is_needed);
    if (!taken.is_null() && !taken.is_string())
      fail(errc::malformed, std::string{name} + ": expected a text");
    return checked(name, taken.is_string() ? taken.get<std::string>() : std::string{}, is_needed);
  }

  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> out;
    const auto taken = take(name, false);
    if (!taken.is_null() && !taken.is_array())
      fail(errc::malformed, std::string{name} + ": expected an array of texts");
    if (taken.size() > max_names)
      fail(errc::too_large, std::string{name} + ": more than " + std::to_string(max_names));
    if (failure_)
      return out;
    for (const auto& one : taken) {
      if (!one.is_string())
        fail(errc::malformed, std::string{name} + ": expected texts");
      else
        out.push_back(checked(name, one.get<std::string>(), true));
    }
    return out;
  }

  void refuse_others() {
    if (!from_.empty())
      fail(errc::unknown_key, from_.begin().key().substr(0, max_digest_bytes) + ": is not read");
  }

  const std::optional<error>& failure() const { return failure_; }

private:
  json take(const char* name, bool is_needed) {
    if (failure_)
      return {};
    const auto at = from_.find(name);
    if (at == from_.end()) {
      if (is_needed)
        fail(errc::missing, name);
      return {};
    }
    auto out = std::move(*at);
    from_.erase(at);
    return out;
  }

  std::string checked(const char* name, std::string value, bool is_needed) {
    if (value.size() > max_text_bytes)
      fail(errc::too_large,
           std::string{name} + ": more than " + std::to_string(max_text_bytes) + " bytes");
    if (is_needed && value.empty())
      fail(errc::malformed, std::string{name} + ": is empty");
    return value;
  }

  void fail(errc code, const std::string& why) {
    if (!failure_)
      failure_ = error{code, place_ + '.' + why};
  }

  json from_;
  std::string place_;
  std::optional<error> failure_;
};

void write_texts(codec::json_writer& out, const char* name, const std::vector<std::string>& texts) {
  out.name(name);
  out.begin_array();
  for (const auto& one : texts)
    out.text(one);
  out.end_array();
}

void write_member(codec::json_writer& out, const char* name, const std::string& value) {
  out.name(name);
  out.text(value);
}

void write_one(codec::json_writer& out, const tls_key& key) {
  out.begin_object();
  write_member(out, "id", key.id);
  write_member(out, "kind", key.kind);
  write_member(out, "algorithm", key.algorithm);
  write_member(out, "commonName", key.common_name);
  write_texts(out, "dnsNames", key.dns_names);
  write_texts(out, "ipAddresses", key.ip_addresses);
  write_member(out, "owner", key.owner);
  write_member(out, "created", key.created);
  write_member(out, "notAfter", key.not_after);
  out.end_object();
}

result<tls_key> read_one(const json& from) {
  key_members in{from, "keys"};
  tls_key out;
  out.id = in.text("id", true);
  out.kind = in.text("kind", true);
  out.algorithm = in.text("algorithm", true);
  out.common_name = in.text("commonName", false);
  out.dns_names = in.texts("dnsNames");
  out.ip_addresses = in.texts("ipAddresses");
  out.owner = in.text("owner", false);
  out.created = in.text("created", false);
  out.not_after = in.text("notAfter", false);
  if (in.failure())
    return *in.failure();
  return out;
}

} // namespace

result<std::vector<tls_key>> read_tls_keys(std::string_view body) {
  const auto whole = codec::parse_json(body, {.max_bytes = max_list_bytes});
  if (!whole)
    return error{whole.error().code, "keys: " + whole.error().where};
  const auto at = whole->is_object() ? whole->find("keys") : whole->end();
  if (at == whole->end())
    return error{errc::missing, "keys"};
  if (!at->is_array())
    return error{errc::malformed, "keys: expected an array"};
  std::vector<tls_key> out;
  for (const auto& one : *at) {
    auto read = read_one(one);
    if (!read)
      return read.error();
    out.push_back(*std::move(read));
  }
  return out;
}

std::string write_tls_keys(const std::vector<tls_key>& keys) {
  codec::json_writer out;
  out.begin_object();
  out.name("keys");
  out.begin_array();
  for (const auto& one : keys)
    write_one(out, one);
  out.end_array();
  out.end_object();
  return out.take();
}

std::string write_tls_key(const tls_key& key) {
  codec::json_writer out;
  write_one(out, key);
  return out.take();
}

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

result<std::vector<std::string>> split_certificates(std::string_view pem) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view end = "-----END CERTIFICATE-----";
  std::vector<std::string> out;
  for (auto at = pem.find(begin); at != std::string_view::npos; at = pem.find(begin, at)) {
    const auto last = pem.find(end, at);
    if (last == std::string_view::npos)
      return error{errc::malformed, "certificates: one without its end"};
    if (out.size() == max_chain)
      return error{errc::too_large, "certificates: more than " + std::to_string(max_chain)};
    out.push_back(std::string{pem.substr(at, last + end.size() - at)} + '\n');
    at = last;
  }
  if (out.empty())
    return error{errc::malformed, "certificates: none"};
  return out;
}

} // namespace troth::wire
