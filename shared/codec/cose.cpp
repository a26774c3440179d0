#include "shared/codec/cose.hpp"

#include "shared/codec/cbor_reader.hpp"
#include "shared/codec/cbor_writer.hpp"

#include <algorithm>
#include <array>

namespace troth::codec {

namespace {

constexpr std::uint64_t cose_sign_tag = 98;
constexpr std::int64_t algorithm_label = 1;
constexpr std::int64_t critical_label = 2;
constexpr std::int64_t x5chain_label = 33;
constexpr std::string_view signature_context = "Signature";

constexpr std::size_t max_signatures = 16;
constexpr std::size_t max_headers = 16;      // of a map
constexpr std::size_t max_certificates = 16; // of a signature
constexpr std::size_t max_certificate_bytes = std::size_t{64} * 1024;

struct numbered_algorithm {
  std::int64_t number;
  signature_algorithm algorithm;
};

// RFC 9053, section 2; RFC 8812, section 2; RFC 8230, section 2.
constexpr std::array algorithms = {
  numbered_algorithm{-7, {signature_scheme::ecdsa, hash_algorithm::sha256}},
  numbered_algorithm{-35, {signature_scheme::ecdsa, hash_algorithm::sha384}},
  numbered_algorithm{-36, {signature_scheme::ecdsa, hash_algorithm::sha512}},
  numbered_algorithm{-8, {signature_scheme::eddsa, hash_algorithm::sha512}},
  numbered_algorithm{-37, {signature_scheme::rsapss, hash_algorithm::sha256}},
  numbered_algorithm{-38, {signature_scheme::rsapss, hash_algorithm::sha384}},
  numbered_algorithm{-39, {signature_scheme::rsapss, hash_algorithm::sha512}},
  numbered_algorithm{-257, {signature_scheme::rsassa, hash_algorithm::sha256}},
  numbered_algorithm{-258, {signature_scheme::rsassa, hash_algorithm::sha384}},
  numbered_algorithm{-259, {signature_scheme::rsassa, hash_algorithm::sha512}},
};

bool is_same(signature_algorithm a, signature_algorithm b) noexcept {
  return a == b || (a.scheme == signature_scheme::eddsa && a.scheme == b.scheme);
}

/// What a header map says that matters, and all labels that are in it.
struct header_map {
  std::optional<signature_algorithm> algorithm;
  std::vector<bytes> certificates;
  std::vector<std::pair<std::int64_t, std::string_view>> labels; ///< Integer, or 0 and a text.

  bool has(const std::pair<std::int64_t, std::string_view>& label) const {
    return std::ranges::find(labels, label) != labels.end();
  }
  bool has(std::int64_t label) const { return has({label, {}}); }
};

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
  const auto* const found = std::ranges::find(algorithms, number, &numbered_algorithm::number);
  if (found != algorithms.end())
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

header_map read_header(cbor_reader& in) {
  header_map out;
  for (cbor_map entries{in}; entries.current() != nullptr; entries.next()) {
    const auto label = label_of(*entries.current(), in);
    if (out.has(label))
      in.fail(errc::malformed, "a header twice");
    if (out.labels.size() == max_headers)
      in.fail(errc::too_large, "more than " + std::to_string(max_headers) + " headers");
    out.labels.push_back(label);
    if (label.first == algorithm_label)
      out.algorithm = read_algorithm(in);
    else if (label.first == x5chain_label)
      out.certificates = read_x5chain(in);
    else
      in.skip();
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

/// What both levels of a message begin with.
struct headers {
  byte_view encoded; ///< The protected one; empty if nothing is in it.
  header_map locked; ///< The protected one.
  header_map open;   ///< The other.
};

headers read_headers(cbor_reader& in) {
  headers out;
  out.encoded = in.byte_string();
  out.locked = read_protected(in, out.encoded);
  out.open = read_header(in);
  if (out.locked.labels.empty())
    out.encoded = {};
  if (out.locked.has(critical_label) || out.open.has(critical_label))
    in.fail(errc::unsupported, "a critical header");
  if (out.open.has(algorithm_label))
    in.fail(errc::unsupported, "an algorithm that is not protected");
  for (const auto& label : out.open.labels)
    if (out.locked.has(label))
      in.fail(errc::malformed, "a header that is protected and is not");
  return out;
}

// RFC 9052, section 4.4, with no external data.
bytes signed_structure(byte_view body, byte_view header, byte_view payload) {
  cbor_writer out;
  out.array(5);
  out.text(signature_context);
  out.byte_string(body);
  out.byte_string(header);
  out.byte_string({});
  out.byte_string(payload);
  return out.take();
}

/// Takes the header of an array that must have `size` items.
void expect_items(cbor_reader& in, const cbor_array& items, std::size_t size) {
  if (items.size() != size)
    in.fail(errc::malformed, "expected " + std::to_string(size) + " items");
}

signature_entry read_signature(cbor_reader& in, byte_view body, byte_view payload) {
  const cbor_array items{in, 3};
  expect_items(in, items, 3);
  auto header = read_headers(in);
  const auto signature = in.byte_string();
  if (!header.locked.algorithm)
    in.fail(errc::missing, "an algorithm that is protected");
  if (signature.empty())
    in.fail(errc::malformed, "an empty signature");
  if (!in.ok())
    return {};
  auto& chain = header.locked.has(x5chain_label) ? header.locked : header.open;
  return {*header.locked.algorithm, std::move(chain.certificates),
          signed_structure(body, header.encoded, payload), copy(signature)};
}

signed_message read_message(cbor_reader& in) {
  signed_message out;
  if (in.tag() != cose_sign_tag)
    in.fail(errc::unsupported, "expected tag " + std::to_string(cose_sign_tag));
  const cbor_array items{in, 4};
  expect_items(in, items, 4);
  const auto body = read_headers(in);
  if (in.take_null())
    in.fail(errc::missing, "a payload: it is detached");
  out.payload = copy(in.byte_string());
  const cbor_array signatures{in, max_signatures};
  if (signatures.size() == 0)
    in.fail(errc::missing, "a signature");
  for (std::size_t i = 0; i < signatures.size() && in.ok(); ++i) {
    out.signatures.push_back(read_signature(in, body.encoded, out.payload));
    if (!in.ok())
      in.within("signatures[" + std::to_string(i) + "]");
  }
  return out;
}

result<void> write_signature(cbor_writer& out, byte_view payload, const signer& by) {
  const auto* const found = std::ranges::find_if(algorithms, [&](const auto& one) {
    return is_same(one.algorithm, by.algorithm);
  });
  if (found == algorithms.end())
    return error{errc::unsupported, "cose: algorithm"};
  cbor_writer header;
  header.map(1);
  header.integer(algorithm_label);
  header.integer(found->number);
  const auto encoded = header.take();
  const auto signature = by.sign(signed_structure({}, encoded, payload));
  if (!signature)
    return signature.error();
  out.array(3);
  out.byte_string(encoded);
  out.map(by.certificates.empty() ? 0 : 1);
  if (!by.certificates.empty()) {
    out.integer(x5chain_label);
    out.array(by.certificates.size());
    for (const auto& der : by.certificates)
      out.byte_string(der);
  }
  out.byte_string(*signature);
  return {};
}

} // namespace

result<signed_message> parse_cose(byte_view input) {
  cbor_reader in{input, "cose", cbor_form::definite};
  auto message = read_message(in);
  return in.finish(std::move(message));
}

result<bytes> write_cose(byte_view payload, std::span<const signer> signers) {
  if (signers.empty())
    return error{errc::missing, "cose: a signer"};
  cbor_writer out;
  out.tag(cose_sign_tag);
  out.array(4);
  out.byte_string({});
  out.map(0);
  out.byte_string(payload);
  out.array(signers.size());
  for (const auto& by : signers)
    if (const auto written = write_signature(out, payload, by); !written)
      return written.error();
  return out.take();
}

} // namespace troth::codec
