#include "shared/endorsement/corim.hpp"

#include "shared/base/hex.hpp"
#include "shared/codec/cose_sign1.hpp"
#include "shared/endorsement/comid.hpp"

#include <utility>

namespace troth::endorsement {

namespace {

using codec::cbor_array;
using codec::cbor_form;
using codec::cbor_map;
using codec::cbor_reader;
using codec::cbor_type;

constexpr std::uint64_t corim_tag = 500; // of former drafts, around either kind
constexpr std::uint64_t unsigned_corim_tag = 501;
constexpr std::uint64_t signed_corim_tag = 502; // of former drafts, around COSE_Sign1
constexpr std::uint64_t comid_tag = 506;
constexpr std::uint64_t oid_tag = 111;
constexpr std::uint64_t uri_tag = 32;
constexpr std::size_t max_profile_bytes = 1'024;

std::string read_profile(cbor_reader& in) {
  const auto tag = in.tag();
  std::string out;
  if (tag == oid_tag)
    out = hex(in.byte_string());
  else if (tag == uri_tag)
    out = in.text();
  else
    in.fail(errc::unsupported, "a profile of another tag than 32 and 111");
  if (out.size() > max_profile_bytes)
    in.fail(errc::too_large, "a profile of " + std::to_string(out.size()) + " bytes");
  return out;
}

void read_tags(cbor_reader& in, corim& out) {
  const cbor_array tags{in, max_corim_tags};
  for (std::size_t n = 0; n < tags.size() && in.ok(); ++n) {
    if (const auto tag = in.tag(); in.ok() && tag != comid_tag)
      in.fail(errc::unsupported, "tag " + std::to_string(tag) + ", expected a CoMID");
    const auto encoded = in.byte_string();
    if (!in.ok())
      return;
    cbor_reader inner{encoded, "comid", cbor_form::definite};
    read_comid(inner, out.values);
    if (const auto read = inner.finish(true); !read)
      in.fail(read.error().code, read.error().where);
  }
}

void read_corim(cbor_reader& in, corim& out) {
  enum : std::uint64_t { id, tags, dependent_rims, profile, validity, entities };
  std::uint64_t seen = 0;
  for (cbor_map members{in}; members.current() != nullptr; members.next()) {
    const auto& key = *members.current();
    if (key.type != cbor_type::unsigned_integer || key.number > entities) {
      in.fail(errc::unsupported, "corim has another member than 0 to 5");
      return;
    }
    if ((seen >> key.number & 1) != 0)
      in.fail(errc::malformed, "a map key twice");
    seen |= std::uint64_t{1} << key.number;
    if (key.number == id)
      out.id = read_tag_id(in);
    else if (key.number == tags)
      read_tags(in, out);
    else if (key.number == profile)
      out.profile = read_profile(in);
    else if (key.number == validity)
      out.valid = read_corim_validity(in);
    else
      pass_over(in);
  }
  constexpr std::uint64_t needed = 1U << id | 1U << tags;
  if (in.ok() && (seen & needed) != needed)
    in.fail(errc::missing, "id or tags");
  if (in.ok() && out.values.empty())
    in.fail(errc::missing, "a reference value");
}

/// Refuses what is larger than a CoRIM may be, and takes the tags of former drafts off.
result<byte_view> unwrap(byte_view input, std::uint64_t inner) {
  if (input.size() > max_corim_bytes)
    return error{errc::too_large, "corim: " + std::to_string(input.size()) + " bytes, at most "
                                    + std::to_string(max_corim_bytes)};
  for (const auto tag : {corim_tag, inner}) {
    cbor_reader in{input, "corim", cbor_form::definite};
    if (in.next_type() == cbor_type::tag && in.tag() == tag)
      input = input.subspan(in.position());
  }
  return input;
}

/// Returns the protected header that a signature is over.
/// @see RFC 9052, section 4.4 (Sig_structure)
byte_view protected_header_of(const codec::signature_entry& signature) {
  cbor_reader in{signature.signed_bytes, "sig_structure", cbor_form::definite};
  constexpr std::size_t items = 4;
  const cbor_array structure{in, items};
  in.text();
  return in.byte_string();
}

} // namespace

result<corim> parse_corim(byte_view input) {
  const auto inner = unwrap(input, corim_tag);
  if (!inner)
    return inner.error();
  cbor_reader in{*inner, "corim", cbor_form::definite};
  corim out;
  if (const auto tag = in.tag(); in.ok() && tag != unsigned_corim_tag)
    in.fail(errc::unsupported, "tag " + std::to_string(tag) + ", expected 501");
  read_corim(in, out);
  return in.finish(std::move(out));
}

result<signed_corim> parse_signed_corim(byte_view input) {
  const auto inner = unwrap(input, signed_corim_tag);
  if (!inner)
    return inner.error();
  auto message = codec::parse_signed_cose_sign1(*inner);
  if (!message)
    return message.error();
  if (message->signatures.front().certificates.empty())
    return error{errc::missing, "corim: x5chain, the certificates of who signed"};
  auto& signature = message->signatures.front();
  auto meta = parse_corim_meta(protected_header_of(signature));
  if (!meta)
    return meta.error();
  return signed_corim{std::move(message->payload), std::move(signature), *std::move(meta)};
}

result<corim> authenticate_corim(byte_view input, std::span<const crypto::certificate> roots,
                                 time_point now) {
  const auto message = parse_signed_corim(input);
  if (!message)
    return message.error();
  const auto& [payload, signature, meta] = *message;
  const auto path = crypto::verify_chain(signature.certificates, roots,
                                         {now, crypto::eku::code_signing});
  if (!path)
    return path.error();
  const auto holds = path->front().key().verify(signature.algorithm, signature.signed_bytes,
                                                signature.signature);
  if (!holds)
    return holds.error();
  if (!meta.valid.holds_at(now))
    return error{errc::expired, "corim-meta.signature-validity: it is " + format_time(now)};
  auto read = parse_corim(payload);
  if (!read)
    return read.error();
  auto out = *std::move(read);
  out.valid.narrow(meta.valid);
  return out;
}

} // namespace troth::endorsement
