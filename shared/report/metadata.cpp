#include "shared/report/metadata.hpp"

#include "shared/codec/cose.hpp"
#include "shared/codec/jws.hpp"
#include "shared/report/encoding.hpp"
#include "shared/report/metadata_fields.hpp"

namespace troth::report {

namespace {

constexpr std::string_view metadata_format = "metadata";

/// What every item begins with.
struct kind {
  std::string type;
};

void describe(auto& fields, codec::of<kind> auto& x) {
  fields.required({"type", 0}, x.type);
}

/// Reads the type alone: in CBOR it is the first member, and the rest is not looked at.
result<std::string> type_of(byte_view payload) {
  codec::cbor_reader in{payload, metadata_format};
  const codec::cbor_map members{in};
  const auto* const first = members.current();
  if (in.ok()
      && (first == nullptr || first->type != codec::cbor_type::unsigned_integer
          || first->number != 0)) {
    in.fail(errc::missing, {});
    in.within("type");
  }
  auto type = std::string{in.text()};
  if (!in.ok())
    return in.error();
  return type;
}

result<std::string> type_of(const nlohmann::json& payload) {
  auto read = codec::from_json<kind>(payload, metadata_format);
  if (!read)
    return read.error();
  return std::move(read)->type;
}

template <class T, class Read>
result<metadata_item> item_of(Read read) {
  auto item = read(T{});
  if (!item)
    return item.error();
  return metadata_item{*std::move(item)};
}

/// Has `read` read the structure that `type` names.
template <class Read>
result<metadata_item> read_kind(std::string_view type, Read read) {
  if (type == manifest_type)
    return item_of<manifest>(read);
  if (type == image_description_type)
    return item_of<image_description>(read);
  if (type == company_description_type)
    return item_of<company_description>(read);
  if (type == omsp_response_type)
    return item_of<omsp_response>(read);
  return item_of<unknown_metadata>(read);
}

result<metadata_item> parse_json_metadata(byte_view payload) {
  const auto value = codec::parse_json(to_text(payload), {.max_bytes = payload.size()});
  if (!value)
    return error{value.error().code, std::string{metadata_format} + ": " + value.error().where};
  const auto type = type_of(*value);
  if (!type)
    return type.error();
  return read_kind(*type,
                   [&](auto blank) { return codec::from_json(*value, metadata_format, blank); });
}

result<metadata_item> parse_cbor_metadata(byte_view payload) {
  const auto type = type_of(payload);
  if (!type)
    return type.error();
  return read_kind(*type,
                   [&](auto blank) { return codec::from_cbor(payload, metadata_format, blank); });
}

} // namespace

result<metadata_item> parse_metadata(byte_view payload) {
  const auto as = encoding_of(payload);
  if (!as)
    return error{as.error().code, std::string{metadata_format} + as.error().where};
  return *as == encoding::json ? parse_json_metadata(payload) : parse_cbor_metadata(payload);
}

bytes write_metadata(const metadata_item& item, encoding as) {
  return std::visit([as](const auto& kind) { return write_as(kind, as); }, item);
}

result<codec::signed_message> parse_signed(byte_view item) {
  constexpr std::uint8_t first_of_tag = 0xd8; // a tag in one byte, as COSE_Sign's
  if (!item.empty() && item.front() == first_of_tag)
    return codec::parse_cose(item);
  const auto as = encoding_of(item);
  if (as && *as == encoding::json)
    return codec::parse_jws(to_text(item));
  if (item.empty())
    return error{errc::truncated, "signed item at byte 0"};
  return error{errc::malformed, "signed item at byte 0: neither JWS nor COSE_Sign"};
}

std::string_view name(manifest_status value) noexcept {
  switch (value) {
  case manifest_status::unknown:
    return "unknown";
  case manifest_status::good:
    return "good";
  case manifest_status::outdated:
    return "outdated";
  case manifest_status::revoked:
    return "revoked";
  }
  return {};
}

std::string_view type_of(const metadata_item& item) {
  struct namer {
    std::string_view operator()(const manifest&) const { return manifest_type; }
    std::string_view operator()(const image_description&) const { return image_description_type; }
    std::string_view operator()(const company_description&) const {
      return company_description_type;
    }
    std::string_view operator()(const omsp_response&) const { return omsp_response_type; }
    std::string_view operator()(const unknown_metadata& unknown) const { return unknown.type; }
  };
  return std::visit(namer{}, item);
}

const meta_info& info_of(const metadata_item& item) {
  return std::visit([](const auto& kind) -> const meta_info& { return kind.info; }, item);
}

} // namespace troth::report
