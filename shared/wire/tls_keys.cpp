#include "shared/wire/tls_keys.hpp"

#include "shared/codec/json.hpp"
#include "shared/codec/json_writer.hpp"
#include "shared/wire/key_members.hpp"

#include <utility>

namespace troth::wire {

namespace {

constexpr std::size_t max_list_bytes = std::size_t{16} * 1024 * 1024;
constexpr std::size_t max_chain = 16;

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

result<tls_key> read_one(const nlohmann::json& from) {
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
