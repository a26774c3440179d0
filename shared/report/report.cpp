#include "shared/report/report.hpp"

#include "shared/base/base64.hpp"
#include "shared/codec/cbor_sink.hpp"
#include "shared/codec/cbor_source.hpp"
#include "shared/codec/json_sink.hpp"
#include "shared/codec/json_source.hpp"
#include "shared/report/component_fields.hpp"
#include "shared/report/encoding.hpp"

namespace troth::report {

namespace {

constexpr std::size_t max_evidences = 16;
constexpr std::size_t max_collaterals = 16;
constexpr std::size_t max_artifacts = 64;     // of a collateral
constexpr std::size_t max_events = 1'000'000; // of a report
constexpr std::size_t max_certificates = 16;  // of a collateral
constexpr std::size_t max_certificate_bytes = std::size_t{64} * 1024;
constexpr std::size_t max_metadata_items = 256;
constexpr std::size_t max_metadata_bytes = std::size_t{16} * 1024 * 1024; // of an item
constexpr std::size_t max_nonce_bytes = 64;

constexpr std::string_view report_type = "Attestation Report";
constexpr std::string_view context_type = "Context";

} // namespace

void describe(auto& fields, codec::of<evidence> auto& x) {
  fields.required({"type", 0}, x.type);
  fields.required({"evidence", 1}, x.body);
  fields.optional({"addData", 2}, x.additional);
  fields.optional({"signature", 3}, x.signature);
}

void describe(auto& fields, codec::of<artifact> auto& x) {
  fields.required({"type", 0}, x.type);
  fields.required({"index", 1}, x.index);
  fields.optional({"events", 2}, codec::up_to_in_all(max_events, x.events));
}

void describe(auto& fields, codec::of<collateral> auto& x) {
  fields.required({"type", 0}, x.type);
  fields.optional({"certs", 1},
                  codec::up_to(max_certificates, max_certificate_bytes, x.certificates));
  fields.optional({"key", 2}, x.key);
  fields.optional({"artifacts", 3}, codec::up_to(max_artifacts, x.artifacts));
}

void describe(auto& fields, codec::of<context> auto& x) {
  fields.constant({"type", 0}, context_type);
  fields.required({"alg", 1}, x.hash_name);
  fields.required({"nonce", 2}, codec::between(1, max_nonce_bytes, x.nonce));
  fields.required({"collateral", 3}, codec::up_to(max_collaterals, x.collaterals));
  fields.required({"digests", 4}, codec::up_to(max_metadata_items, x.digests));
  fields.optional({"metadata", 5},
                  codec::up_to(max_metadata_items, max_metadata_bytes, x.metadata));
  fields.optional({"certs", 6},
                  codec::up_to(max_metadata_items, max_certificate_bytes, x.certificates));
}

void describe(auto& fields, codec::of<report> auto& x) {
  fields.constant({"version", 0}, report_version);
  fields.constant({"type", 1}, report_type);
  fields.optional({"name", 2}, x.name);
  fields.constant({"encoding", 3}, x.encoded_as == encoding::json ? "b64" : "cbor");
  fields.required({"evidences", 4}, codec::up_to(max_evidences, x.evidences));
  fields.required({"context", 5}, codec::sealed(x.claims, x.context_bytes));
}

namespace {

template <class T>
bytes write_array(std::span<const T> values) {
  codec::cbor_writer out;
  out.array(values.size());
  for (const auto& value : values)
    codec::cbor_sink{out}.write(value);
  return out.take();
}

template <class T>
result<std::vector<T>> parse_array(byte_view input, std::string_view format, std::size_t max) {
  codec::cbor_reader in{input, format};
  std::vector<T> out;
  codec::cbor_source{in}.read(codec::up_to(max, out));
  return in.finish(std::move(out));
}

} // namespace

result<report> parse_report(byte_view input) {
  const auto as = encoding_of(input);
  if (!as)
    return error{as.error().code, "report" + as.error().where};
  report blank;
  blank.version = report_version;
  blank.encoded_as = *as;
  return parse_as("report", input, *as, std::move(blank));
}

bytes write_context(const context& claims, encoding as) {
  if (as == encoding::cbor)
    return codec::to_cbor(claims);
  return to_bytes(base64url(to_bytes(codec::to_json(claims))));
}

bytes write_report(const report& report) {
  return write_as(report, report.encoded_as);
}

bytes write_collaterals(std::span<const collateral> collaterals) {
  return write_array(collaterals);
}

result<std::vector<collateral>> parse_collaterals(byte_view input) {
  return parse_array<collateral>(input, "collaterals", max_collaterals);
}

bytes write_evidences(std::span<const evidence> evidences) {
  return write_array(evidences);
}

result<std::vector<evidence>> parse_evidences(byte_view input) {
  return parse_array<evidence>(input, "evidences", max_evidences);
}

bytes write_component(const component& one) {
  return codec::to_cbor(one);
}

result<component> parse_component(byte_view input) {
  return codec::from_cbor<component>(input, "component");
}

} // namespace troth::report
