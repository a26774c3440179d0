#include "shared/codec/cose_headers.hpp"

#include "shared/codec/cbor_writer.hpp"
#include "shared/codec/signature_names.hpp"

#include <algorithm>

namespace troth::codec {

namespace {

constexpr std::size_t max_headers = 16;      // of a map
constexpr std::size_t max_certificates = 16; // of a signature
constexpr std::size_t max_certificate_bytes = std::size_t{64} * 1024;

/// Returns the label, which is never 0 for an integer: RFC 9052 reserves that.
std::pair<std::int64_t, std::string_view> label_of(const cbor_map::key& key, cbor_reader& in) {
  constexpr std::uint64_t max_number = 0x7fffffff;
  if (key.type == cbor_type::text)
    return {0, key.text};
  const auto number = static_cast<std::int64_t>(std::min(key.number, max_number));
  if (key.number > max_number || (number == 0 && key.type == cbor_type::unsigned_integer))
    in.fail(errc::malformed, "a header label out of range");
  return {key.type == cbor_type::unsigned_integer ? number : -1 - number, {}};
}

std::optional<signature_algorithm> read_algorithm(cbor_reader& in) {
  const auto number = in.integer();
  if (const auto* const found = find_cose(number))
    return found->algorithm;
  in.fail(errc::unsupported, "algorithm " + std::to_string(number));
  return std::nullopt;
}

bytes read_certificate(cbor_reader& in) {
  const auto der = in.byte_string();
  if (der.size() > max_certificate_bytes)
    in.fail(errc::too_large, std::to_string(der.size()) + " bytes, at most "
                               + std::to_string(max_certificate_bytes));
  return copy(der);
}

std::vector<bytes> read_x5chain(cbor_reader& in) {
  std::vector<bytes> out;
  if (in.next_type() == cbor_type::byte_string) {
    out.push_back(read_certificate(in));
    return out;
  }
  const cbor_array chain{in, max_certificates};
  for (std::size_t i = 0; i < chain.size() && in.ok(); ++i)
    out.push_back(read_certificate(in));
  return out;
}

/// Reads what stands under a label.
void read_value(cbor_reader& in, std::int64_t label, header_map& out) {
  if (label == cose_label::algorithm)
    out.algorithm = read_algorithm(in);
  else if (label == cose_label::x5chain)
    out.certificates = read_x5chain(in);
  else if (label == cose_label::content_type && in.next_type() == cbor_type::text)
    out.content_type = in.text();
  else if (label == cose_label::key_id)
    out.key_id = to_text(in.byte_string());
  else
    in.skip();
}

header_map read_header(cbor_reader& in) {
  header_map out;
  for (cbor_map entries{in}; entries.current() != nullptr; entries.next()) {
    const auto label = label_of(*entries.current(), in);
    if (out.has(label))
      in.fail(errc::malformed, "a header twice");
    if (out.labels.size() == max_headers)
      in.fail(errc::too_large, "more than " + std::to_string(max_headers) + " headers");
    out.labels.push_back(label);
    read_value(in, label.first, out);
  }
  return out;
}

/// Reads what a protected header's byte string holds: a map, or nothing for an empty one.
header_map read_protected(cbor_reader& in, byte_view encoded) {
  if (encoded.empty())
    return {};
  cbor_reader inner{encoded, "protected", cbor_form::definite};
  auto read = inner.finish(read_header(inner));
  if (read)
    return *std::move(read);
  in.fail(read.error().code, read.error().where);
  return {};
}

} // namespace

bool header_map::has(const std::pair<std::int64_t, std::string_view>& label) const {
  return std::ranges::find(labels, label) != labels.end();
}

cose_headers read_headers(cbor_reader& in) {
  cose_headers out;
  out.encoded = in.byte_string();
  out.locked = read_protected(in, out.encoded);
  out.open = read_header(in);
  if (out.locked.labels.empty())
    out.encoded = {};
  if (out.locked.has(cose_label::critical) || out.open.has(cose_label::critical))
    in.fail(errc::unsupported, "a critical header");
  if (out.open.has(cose_label::algorithm))
    in.fail(errc::unsupported, "an algorithm that is not protected");
  for (const auto& label : out.open.labels)
    if (out.locked.has(label))
      in.fail(errc::malformed, "a header that is protected and is not");
  return out;
}

bytes signed_structure(std::string_view context, byte_view body, std::optional<byte_view> header,
                       byte_view payload) {
  cbor_writer out;
  out.array(header ? 5 : 4);
  out.text(context);
  out.byte_string(body);
  if (header)
    out.byte_string(*header);
  out.byte_string({});
  out.byte_string(payload);
  return out.take();
}

void expect_items(cbor_reader& in, const cbor_array& items, std::size_t size) {
  if (items.size() != size)
    in.fail(errc::malformed, "expected " + std::to_string(size) + " items");
}

} // namespace troth::codec
