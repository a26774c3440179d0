#include "actors/tls_key_record.hpp"

#include "actors/tls_key_values.hpp"
#include "shared/base/base64.hpp"
#include "shared/base/hex.hpp"
#include "shared/codec/json.hpp"
#include "shared/endorsement/attestation_key.hpp"
#include "shared/evidence/tpm/public_area.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace troth::actors {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t max_depth = 4;
constexpr std::size_t uuid_bytes = 16;

/// Reads the members of a file. The first fault sticks, and names the member only: what is in it
/// may be secret.
class key_file_source {
public:
  explicit key_file_source(const json& from) : from_(from) {
    if (!from_.is_object())
      fail(errc::malformed, "an object");
  }

  std::string text(const char* name) {
    const auto* const at = find(name);
    if (at == nullptr)
      return {};
    if (!at->is_string())
      fail(errc::malformed, name);
    return at->is_string() ? at->get<std::string>() : std::string{};
  }

  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> out;
    const auto* const at = find(name);
    if (at == nullptr)
      return out;
    if (!at->is_array() || !std::ranges::all_of(*at, [](const json& x) { return x.is_string(); }))
      fail(errc::malformed, name);
    else
      out = at->get<std::vector<std::string>>();
    return out;
  }

  template <class T>
  T value(const char* name, result<T> read, T otherwise) {
    if (read)
      return *std::move(read);
    fail(read.error().code, name);
    return otherwise;
  }

  void fail(errc code, const char* what) {
    if (!fault_)
      fault_ = error{code, std::string{"TLS key: "} + what};
  }

  /// Returns what was wrong, were it only a member that nobody asked for.
  result<void> finish() {
    if (from_.is_object())
      for (const auto& [name, ignored] : from_.items())
        if (!taken_.contains(name))
          fail(errc::unknown_key, "a member that is not known");
    return fault_ ? result<void>{*fault_} : result<void>{};
  }

private:
  const json* find(const char* name) {
    taken_.insert(name);
    if (!from_.is_object())
      return nullptr;
    const auto at = from_.find(name);
    if (at != from_.end())
      return &*at;
    fail(errc::missing, name);
    return nullptr;
  }

  const json& from_;
  std::set<std::string, std::less<>> taken_;
  std::optional<error> fault_;
};

/// Reads the private half, or where it is, and returns the public one.
result<crypto::public_key> read_halves(key_file_source& from, tls_key_record& into) {
  if (into.as.kind == tls_key_kind::sw) {
    auto read = crypto::private_key::from_pem(from.text("privateKey"));
    if (!read)
      return error{read.error().code, "TLS key: privateKey"};
    into.in_file = *std::move(read);
    return into.in_file->public_half();
  }
  into.in_tpm.public_area
    = protocol::to_blob(from.value("publicArea", from_base64(from.text("publicArea")), bytes{}));
  into.in_tpm.private_area
    = protocol::to_blob(from.value("privateArea", from_base64(from.text("privateArea")), bytes{}));
  return public_half_of(into.in_tpm);
}

result<tls_key_wish> read_wish_of(key_file_source& from) {
  auto kind = from.text("kind");
  auto algorithm = from.text("algorithm");
  crypto::request_content names{from.text("commonName"), from.texts("dnsNames"),
                                from.texts("ipAddresses")};
  return check_tls_key_wish(std::move(kind), std::move(algorithm), std::move(names),
                            from.text("owner"));
}

ordered_json describe(const tls_key_record& key) {
  return {{"id", key.id},
          {"kind", key.as.kind},
          {"algorithm", key.as.algorithm},
          {"commonName", key.as.names.common_name},
          {"dnsNames", key.as.names.dns_names},
          {"ipAddresses", key.as.names.ip_addresses},
          {"owner", key.as.owner},
          {"created", format_time(key.created)}};
}

} // namespace

result<crypto::public_key> public_half_of(const protocol::anchor_key& key) {
  const auto area = evidence::tpm::parse_public_area(protocol::to_bytes(key.public_area));
  if (!area)
    return area.error();
  return endorsement::to_public_key(*area);
}

result<std::vector<crypto::certificate>> read_tls_chain(std::string_view pem,
                                                        const crypto::public_key& key) {
  auto chain = crypto::certificate::from_pem(pem);
  if (!chain)
    return error{errc::malformed, "certificate: " + to_string(chain.error())};
  if (!(chain->front().key() == key))
    return error{errc::malformed, "certificate: of another key"};
  return chain;
}

bytes write_tls_key(const tls_key_record& key) {
  auto out = describe(key);
  if (key.in_file) {
    out["privateKey"] = key.in_file->pem();
  } else {
    out["publicArea"] = base64(protocol::to_bytes(key.in_tpm.public_area));
    out["privateArea"] = base64(protocol::to_bytes(key.in_tpm.private_area));
  }
  out["certificates"] = pem_of(key.chain);
  return to_bytes(out.dump(2, ' ', false, ordered_json::error_handler_t::replace));
}

result<tls_key_record> read_tls_key(byte_view content, const std::string& id) {
  const auto parsed = codec::parse_json(to_text(content), {max_tls_key_bytes, max_depth});
  if (!parsed)
    return error{parsed.error().code, "TLS key: no JSON"};
  key_file_source from{*parsed};
  tls_key_record out;
  out.id = from.text("id");
  auto wish = read_wish_of(from);
  out.created = from.value("created", parse_time(from.text("created")), time_point{});
  const auto pem = from.text("certificates");
  if (!wish)
    return wish.error();
  out.as = *std::move(wish);
  const auto half = read_halves(from, out);
  if (const auto good = from.finish(); !good)
    return good.error();
  if (!half)
    return half.error();
  if (out.id != id)
    return error{errc::conflict, "TLS key: id is not that of the file"};
  if (half->kind() != out.as.of)
    return error{errc::malformed, "TLS key: of another algorithm"};
  auto chain = read_tls_chain(pem, *half);
  if (!chain)
    return chain.error();
  out.chain = *std::move(chain);
  return out;
}

std::string describe_tls_keys(const std::vector<const tls_key_record*>& keys) {
  auto all = ordered_json::array();
  for (const auto* const key : keys) {
    auto one = describe(*key);
    one["notAfter"] = format_time(key->chain.front().not_after());
    all.push_back(std::move(one));
  }
  return ordered_json{{"keys", std::move(all)}}.dump(-1, ' ', false,
                                                     ordered_json::error_handler_t::replace);
}

std::string pem_of(const std::vector<crypto::certificate>& chain) {
  std::string out;
  for (const auto& each : chain)
    out += each.pem();
  return out;
}

std::string make_uuid(byte_view random) {
  bytes value{random.begin(), random.end()};
  value.resize(uuid_bytes);
  value[6] = static_cast<std::uint8_t>((value[6] & 0x0F) | 0x40);
  value[8] = static_cast<std::uint8_t>((value[8] & 0x3F) | 0x80);
  auto out = hex(value);
  for (const auto at : {20, 16, 12, 8})
    out.insert(static_cast<std::size_t>(at), 1, '-');
  return out;
}

bool is_uuid(std::string_view text) noexcept {
  constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::ranges::equal(text, form, [](char c, char like) {
    return like == '-' ? c == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

} // namespace troth::actors
