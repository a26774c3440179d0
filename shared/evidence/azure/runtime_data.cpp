#include "shared/evidence/azure/runtime_data.hpp"

#include "shared/base/base64.hpp"
#include "shared/base/hex.hpp"
#include "shared/base/reader.hpp"
#include "shared/codec/json.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace troth::evidence::azure {

namespace {

constexpr std::string_view hcl_format = "azure.hcl_report";
constexpr std::string_view data_format = "azure.runtime_data";
constexpr std::size_t data_header_bytes = 20;
constexpr std::uint32_t report_request = 2;
constexpr std::uint32_t sha256_hash = 1;
constexpr std::size_t max_exponent_bytes = 4;
constexpr std::size_t max_keys = 16;

error wrong_claim(std::string_view which) {
  return {errc::malformed, std::string{data_format} + ".claims." + std::string{which}};
}

/// A member that must be a text.
std::optional<std::string> text_of(const nlohmann::json& of, const char* member) {
  const auto at = of.find(member);
  if (at == of.end() || !at->is_string())
    return std::nullopt;
  return at->get<std::string>();
}

/// The one key of that name.
const nlohmann::json* find_key(const nlohmann::json& claims, std::string_view id) {
  const auto keys = claims.find("keys");
  if (keys == claims.end() || !keys->is_array() || keys->size() > max_keys)
    return nullptr;
  const nlohmann::json* out = nullptr;
  for (const auto& each : *keys) {
    if (!each.is_object() || text_of(each, "kid") != id)
      continue;
    if (out != nullptr)
      return nullptr;
    out = &each;
  }
  return out;
}

result<void> read_key(const nlohmann::json& claims, runtime_claims& into) {
  const auto* const key = find_key(claims, "HCLAkPub");
  if (key == nullptr || text_of(*key, "kty") != "RSA")
    return wrong_claim("keys");
  const auto n = text_of(*key, "n");
  const auto e = text_of(*key, "e");
  auto modulus = n ? from_base64url(*n) : result<bytes>{wrong_claim("keys.n")};
  const auto exponent = e ? from_base64url(*e) : result<bytes>{wrong_claim("keys.e")};
  if (!modulus || modulus->empty())
    return wrong_claim("keys.n");
  if (!exponent || exponent->empty() || exponent->size() > max_exponent_bytes)
    return wrong_claim("keys.e");
  into.ak_modulus = *std::move(modulus);
  for (const auto byte : *exponent)
    into.ak_exponent = into.ak_exponent << 8U | byte;
  return {};
}

result<void> read_claims(runtime_claims& into) {
  const auto claims = codec::parse_json(to_text(into.signed_bytes),
                                        {.max_bytes = max_hcl_report, .max_depth = 8});
  if (!claims)
    return claims.error();
  if (!claims->is_object())
    return wrong_claim("an object");
  if (const auto read = read_key(*claims, into); !read)
    return read;
  const auto written = text_of(*claims, "user-data");
  const auto data = written ? from_hex(*written) : result<bytes>{wrong_claim("user-data")};
  if (!data || data->size() != into.user_data.size())
    return wrong_claim("user-data");
  std::ranges::copy(*data, into.user_data.begin());
  return {};
}

} // namespace

result<hcl_report> parse_hcl_report(byte_view input) {
  reader in{input, hcl_format};
  in.require(input.size() <= max_hcl_report, errc::too_large, "size");
  const auto signature = in.take(4, "signature");
  in.require(to_text(signature) == "HCLA", errc::malformed, "signature");
  const auto version = in.u32le("version");
  in.require(version == 1 || version == 2, errc::unsupported, "version");
  in.u32le("report_size");
  const auto request = in.u32le("request_type");
  in.require(request == report_request, errc::malformed, "request_type");
  in.take(16, "reserved"); // status and more
  hcl_report out;
  out.hardware_report = in.take(hardware_report_size, "hardware_report");
  out.runtime_data = in.take(in.remaining(), "runtime_data");
  return in.finish(out);
}

result<runtime_claims> parse_runtime_data(byte_view input) {
  reader in{input, data_format};
  in.require(input.size() <= max_hcl_report, errc::too_large, "size");
  const std::size_t size = in.u32le("data_size");
  const auto version = in.u32le("version");
  in.require(version == 1, errc::unsupported, "version");
  runtime_claims out;
  out.on = hardware{in.u32le("report_type")};
  in.require(out.on == hardware::snp || out.on == hardware::tdx, errc::unsupported, "report_type");
  const auto hash = in.u32le("hash_type");
  in.require(hash == sha256_hash, errc::unsupported, "hash_type");
  const std::size_t claims_size = in.u32le("claims_size");
  in.require(claims_size <= max_hcl_report && size == data_header_bytes + claims_size,
             errc::malformed, "claims_size");
  out.signed_bytes = in.take(claims_size, "claims");
  const auto rest = in.take(in.remaining(), "padding");
  in.require(std::ranges::all_of(rest, [](auto byte) { return byte == 0; }), errc::malformed,
             "padding");
  if (!in.ok())
    return in.failure();
  if (const auto read = read_claims(out); !read)
    return read.error();
  return out;
}

} // namespace troth::evidence::azure
