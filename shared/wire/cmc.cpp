#include "shared/wire/cmc.hpp"

#include "shared/report/component_fields.hpp"
#include "shared/report/encoding.hpp"
#include "shared/wire/value_count.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <utility>

namespace troth::wire::cmc {

namespace {

constexpr std::array all_operations{
  operation_entry{operation::attest, "Attest"},
  operation_entry{operation::verify, "Verify"},
  operation_entry{operation::tls_create, "TLSCreate"},
  operation_entry{operation::tls_sign, "TLSSign"},
  operation_entry{operation::tls_cert, "TLSCert"},
  operation_entry{operation::peer_cache, "PeerCache"},
  operation_entry{operation::measure, "Measure"},
  operation_entry{operation::update_certs, "UpdateCerts"},
  operation_entry{operation::update_metadata, "UpdateMetadata"},
};

constexpr std::size_t max_nonce_bytes = 64;
constexpr std::size_t max_cached = 4096;
constexpr std::size_t max_policies_bytes = std::size_t{1024} * 1024;
constexpr std::size_t max_configuration_bytes = std::size_t{1024} * 1024;
constexpr std::size_t max_key_names = 100;    // of each kind
constexpr std::size_t max_content_bytes = 64; // a digest
constexpr std::size_t max_certificates = 16;
constexpr std::size_t max_json_values = 2 * max_cached; // in a request

} // namespace

void describe(auto& fields, codec::of<attestation_request> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"nonce", 1}, codec::up_to(max_nonce_bytes, x.nonce));
  fields.optional({"cached", 2}, codec::up_to(max_cached, x.cached));
}

void describe(auto& fields, codec::of<attestation_response> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"report", 1}, x.report);
}

void describe(auto& fields, codec::of<verification_request> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"nonce", 1}, codec::up_to(max_nonce_bytes, x.nonce));
  fields.required({"report", 2}, x.report);
  fields.optional({"peer", 6}, x.peer);
  fields.optional({"peerAddr", 7}, x.peer_address);
  fields.optional({"policies", 8}, codec::up_to(max_policies_bytes, x.policies));
}

void describe(auto& fields, codec::of<tls_key_configuration> auto& x) {
  fields.required({"type", 1}, x.kind);
  fields.required({"alg", 2}, x.algorithm);
  fields.optional({"cn", 3}, x.common_name);
  fields.optional({"dnsNames", 4}, codec::up_to(max_key_names, x.dns_names));
  fields.optional({"ipAddresses", 5}, codec::up_to(max_key_names, x.ip_addresses));
}

void describe(auto& fields, codec::of<tls_create_request> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"keyConfig", 1}, x.key);
}

void describe(auto& fields, codec::of<tls_create_response> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"keyId", 1}, x.key_id);
}

void describe(auto& fields, codec::of<tls_sign_request> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"keyId", 1}, x.key_id);
  fields.required({"content", 2}, codec::up_to(max_content_bytes, x.content));
  fields.required({"hashAlg", 3}, x.hash);
}

void describe(auto& fields, codec::of<tls_sign_response> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"signedContent", 1}, x.signature);
}

void describe(auto& fields, codec::of<tls_cert_request> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"keyId", 1}, x.key_id);
}

void describe(auto& fields, codec::of<tls_cert_response> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"certificate", 1}, codec::up_to(max_certificates, x.certificates));
}

void describe(auto& fields, codec::of<peer_cache_request> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"peer", 1}, x.peer);
}

void describe(auto& fields, codec::of<peer_cache_response> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"cache", 1}, codec::up_to(max_cached, x.cache));
}

void describe(auto& fields, codec::of<measure_request> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"event", 1}, x.event);
}

void describe(auto& fields, codec::of<measure_response> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"success", 1}, x.success);
}

void describe(auto& fields, codec::of<update_request> auto&) {
  fields.written({"version", 0}, api_version);
}

void describe(auto& fields, codec::of<update_response> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"success", 1}, x.success);
}

void describe(auto& fields, codec::of<error_message> auto& x) {
  fields.written({"version", 0}, api_version);
  fields.required({"msg", 1}, x.text);
}

namespace {

template <class Message>
constexpr std::string_view format_of = "Error";
template <>
constexpr std::string_view format_of<attestation_request> = "Attest";
template <>
constexpr std::string_view format_of<attestation_response> = "Attest";
template <>
constexpr std::string_view format_of<verification_request> = "Verify";
template <>
constexpr std::string_view format_of<verification_response> = "Verify";
template <>
constexpr std::string_view format_of<tls_create_request> = "TLSCreate";
template <>
constexpr std::string_view format_of<tls_create_response> = "TLSCreate";
template <>
constexpr std::string_view format_of<tls_sign_request> = "TLSSign";
template <>
constexpr std::string_view format_of<tls_sign_response> = "TLSSign";
template <>
constexpr std::string_view format_of<tls_cert_request> = "TLSCert";
template <>
constexpr std::string_view format_of<tls_cert_response> = "TLSCert";
template <>
constexpr std::string_view format_of<peer_cache_request> = "PeerCache";
template <>
constexpr std::string_view format_of<peer_cache_response> = "PeerCache";
template <>
constexpr std::string_view format_of<measure_request> = "Measure";
template <>
constexpr std::string_view format_of<measure_response> = "Measure";
template <>
constexpr std::string_view format_of<update_request> = "Update";
template <>
constexpr std::string_view format_of<update_response> = "Update";

template <class Message>
result<Message> read_described(byte_view body, report::encoding as) {
  constexpr auto format = format_of<Message>;
  if (as == report::encoding::json && has_more_values(body, max_json_values))
    return error{errc::too_large, std::string{format} + ": more than "
                                    + std::to_string(max_json_values) + " values"};
  return report::parse_as<Message>(format, body, as);
}

// A verification's result is of the message's own encoding, and so cannot be described.

constexpr std::uint64_t result_key = 1;

result<verification_response> read_result(byte_view body, report::encoding as) {
  constexpr auto format = format_of<verification_response>;
  verification_response out;
  if (as == report::encoding::json) {
    const auto value = codec::parse_json(to_text(body), {.max_bytes = body.size()});
    if (!value)
      return error{value.error().code, std::string{format} + ": " + value.error().where};
    const auto at = value->find("result");
    if (!value->is_object() || at == value->end())
      return error{errc::missing, std::string{format} + ".result"};
    out.result = to_bytes(at->dump());
    return out;
  }
  codec::cbor_reader in{body, format};
  for (codec::cbor_map entries{in}; entries.current() != nullptr; entries.next()) {
    const auto& key = *entries.current();
    const auto is_result = key.type == codec::cbor_type::unsigned_integer
                           && key.number == result_key;
    const auto start = in.position();
    in.skip();
    if (is_result && in.ok())
      out.result = copy(in.since(start));
  }
  if (in.ok() && out.result.empty())
    in.fail(errc::missing, "result");
  return in.finish(std::move(out));
}

bytes write_result(const verification_response& from, report::encoding as) {
  if (as == report::encoding::cbor) {
    codec::cbor_writer out;
    out.map(2);
    out.unsigned_integer(0);
    out.text(api_version);
    out.unsigned_integer(result_key);
    out.raw(from.result);
    return out.take();
  }
  auto out = to_bytes(R"({"version":")" + std::string{api_version} + R"(","result":)");
  out.insert(out.end(), from.result.begin(), from.result.end());
  out.push_back('}');
  return out;
}

/// Holds one member to what its description says.
result<void> check_size(std::string_view place, std::size_t size, std::size_t min,
                        std::size_t max) {
  if (size < min)
    return error{errc::missing, std::string{place}};
  if (size > max)
    return error{errc::too_large, std::string{place} + ": " + std::to_string(size) + ", at most "
                                    + std::to_string(max)};
  return {};
}

} // namespace

std::span<const operation_entry> operations() noexcept {
  return all_operations;
}

std::string_view name(operation which) noexcept {
  const auto at = std::ranges::find(all_operations, which, &operation_entry::is);
  return at == all_operations.end() ? std::string_view{} : at->name;
}

std::optional<operation> operation_of(std::uint32_t frame_type) noexcept {
  const auto at = std::ranges::find_if(all_operations, [frame_type](const operation_entry& one) {
    return static_cast<std::uint32_t>(one.is) == frame_type;
  });
  return at == all_operations.end() ? std::nullopt : std::optional{at->is};
}

std::optional<operation> operation_of(std::string_view name) noexcept {
  const auto at = std::ranges::find(all_operations, name, &operation_entry::name);
  return at == all_operations.end() ? std::nullopt : std::optional{at->is};
}

result<report::encoding> encoding_of(byte_view body) {
  auto out = report::encoding_of(body);
  if (!out)
    return error{out.error().code, "request" + out.error().where};
  return out;
}

template <class Message>
result<Message> read(byte_view body, report::encoding as) {
  if constexpr (std::same_as<Message, verification_response>)
    return read_result(body, as);
  else
    return read_described<Message>(body, as);
}

template <class Message>
bytes write(const Message& from, report::encoding as) {
  if constexpr (std::same_as<Message, verification_response>)
    return write_result(from, as);
  else
    return report::write_as(from, as);
}

result<void> check(const attestation_request& asked) {
  if (auto good = check_size("Attest.nonce", asked.nonce.size(), 1, max_nonce_bytes); !good)
    return good;
  return check_size("Attest.cached", asked.cached.size(), 0, max_cached);
}

result<void> check(const verification_request& asked) {
  if (auto good = check_size("Verify.nonce", asked.nonce.size(), 1, max_nonce_bytes); !good)
    return good;
  if (auto good = check_size("Verify.report", asked.report.size(), 1, asked.report.size()); !good)
    return good;
  return check_size("Verify.policies", asked.policies.size(), 0, max_policies_bytes);
}

result<void> check(const tls_create_request& asked) {
  const auto& key = asked.key;
  if (key.kind.empty())
    return error{errc::missing, "TLSCreate.keyConfig.type"};
  if (key.algorithm.empty())
    return error{errc::missing, "TLSCreate.keyConfig.alg"};
  if (auto good = check_size("TLSCreate.keyConfig.dnsNames", key.dns_names.size(), 0,
                             max_key_names);
      !good)
    return good;
  return check_size("TLSCreate.keyConfig.ipAddresses", key.ip_addresses.size(), 0, max_key_names);
}

result<void> check(const tls_sign_request& asked) {
  if (asked.key_id.empty())
    return error{errc::missing, "TLSSign.keyId"};
  return check_size("TLSSign.content", asked.content.size(), 1, max_content_bytes);
}

result<void> check(const tls_cert_request& asked) {
  return asked.key_id.empty() ? result<void>{error{errc::missing, "TLSCert.keyId"}}
                              : result<void>{};
}

result<codec::free_object> read_configuration(byte_view json) {
  auto value = codec::parse_json(to_text(json), {.max_bytes = max_configuration_bytes});
  if (!value)
    return error{value.error().code, "Measure.event.ctrData.ociSpec: " + value.error().where};
  if (!value->is_object())
    return error{errc::malformed, "Measure.event.ctrData.ociSpec: expected an object"};
  return codec::free_object{*std::move(value)};
}

template result<attestation_request> read(byte_view, report::encoding);
template result<attestation_response> read(byte_view, report::encoding);
template result<verification_request> read(byte_view, report::encoding);
template result<verification_response> read(byte_view, report::encoding);
template result<tls_create_request> read(byte_view, report::encoding);
template result<tls_create_response> read(byte_view, report::encoding);
template result<tls_sign_request> read(byte_view, report::encoding);
template result<tls_sign_response> read(byte_view, report::encoding);
template result<tls_cert_request> read(byte_view, report::encoding);
template result<tls_cert_response> read(byte_view, report::encoding);
template result<peer_cache_request> read(byte_view, report::encoding);
template result<peer_cache_response> read(byte_view, report::encoding);
template result<measure_request> read(byte_view, report::encoding);
template result<measure_response> read(byte_view, report::encoding);
template result<update_request> read(byte_view, report::encoding);
template result<update_response> read(byte_view, report::encoding);
template result<error_message> read(byte_view, report::encoding);
template bytes write(const attestation_request&, report::encoding);
template bytes write(const attestation_response&, report::encoding);
template bytes write(const verification_request&, report::encoding);
template bytes write(const verification_response&, report::encoding);
template bytes write(const tls_create_request&, report::encoding);
template bytes write(const tls_create_response&, report::encoding);
template bytes write(const tls_sign_request&, report::encoding);
template bytes write(const tls_sign_response&, report::encoding);
template bytes write(const tls_cert_request&, report::encoding);
template bytes write(const tls_cert_response&, report::encoding);
template bytes write(const peer_cache_request&, report::encoding);
template bytes write(const peer_cache_response&, report::encoding);
template bytes write(const measure_request&, report::encoding);
template bytes write(const measure_response&, report::encoding);
template bytes write(const update_request&, report::encoding);
template bytes write(const update_response&, report::encoding);
template bytes write(const error_message&, report::encoding);

} // namespace troth::wire::cmc
