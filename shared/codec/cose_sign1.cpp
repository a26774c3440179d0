#include "shared/codec/cose_sign1.hpp"

#include "shared/codec/cbor_writer.hpp"
#include "shared/codec/cose_headers.hpp"
#include "shared/codec/signature_names.hpp"

namespace troth::codec {

namespace {

constexpr std::uint64_t cwt_tag = 61;
constexpr std::uint64_t cose_sign1_tag = 18;
constexpr std::string_view signature1_context = "Signature1";

/// Reads a token, and the certificates beside it.
signed_token read_token(cbor_reader& in) {
  auto tag = in.tag();
  if (tag == cwt_tag)
    tag = in.tag();
  if (tag != cose_sign1_tag)
    in.fail(errc::unsupported, "expected tag " + std::to_string(cose_sign1_tag));
  const cbor_array items{in, 4};
  expect_items(in, items, 4);
  auto header = read_headers(in);
  if (in.take_null())
    in.fail(errc::missing, "a payload: it is detached");
  const auto payload = in.byte_string();
  const auto signature = in.byte_string();
  if (!header.locked.algorithm)
    in.fail(errc::missing, "an algorithm that is protected");
  if (signature.empty())
    in.fail(errc::malformed, "an empty signature");
  if (!in.ok())
    return {};
  auto& named = header.locked.key_id.empty() ? header.open.key_id : header.locked.key_id;
  auto& certificates = header.locked.certificates.empty() ? header.open.certificates
                                                          : header.locked.certificates;
  return {copy(payload),
          {*header.locked.algorithm, std::move(certificates),
           signed_structure(signature1_context, header.encoded, {}, payload), copy(signature)},
          std::move(named),
          std::move(header.locked.content_type)};
}

} // namespace

result<signed_token> parse_cose_sign1(byte_view input) {
  cbor_reader in{input, "cose_sign1", cbor_form::definite};
  auto token = read_token(in);
  token.signature.certificates.clear();
  return in.finish(std::move(token));
}

result<signed_message> parse_signed_cose_sign1(byte_view input) {
  cbor_reader in{input, "cose_sign1", cbor_form::definite};
  auto token = read_token(in);
  return in.finish(signed_message{std::move(token.payload), {std::move(token.signature)}});
}

result<bytes> write_cose_sign1(byte_view payload, const token_header& header, const signer& by) {
  const auto* const algorithm = name_of(by.algorithm);
  if (algorithm == nullptr)
    return error{errc::unsupported, "cose_sign1: algorithm"};
  cbor_writer inner;
  inner.map(1U + (header.type.empty() ? 0U : 1U) + (header.key_id.empty() ? 0U : 1U));
  inner.integer(cose_label::algorithm);
  inner.integer(algorithm->cose);
  if (!header.type.empty()) {
    inner.integer(cose_label::content_type);
    inner.text(header.type);
  }
  if (!header.key_id.empty()) {
    inner.integer(cose_label::key_id);
    inner.byte_string(to_bytes(header.key_id));
  }
  const auto encoded = inner.take();
  const auto signature = by.sign(signed_structure(signature1_context, encoded, {}, payload));
  if (!signature)
    return signature.error();
  cbor_writer out;
  out.tag(cose_sign1_tag);
  out.array(4);
  out.byte_string(encoded);
  out.map(0);
  out.byte_string(payload);
  out.byte_string(*signature);
  return out.take();
}

} // namespace troth::codec
