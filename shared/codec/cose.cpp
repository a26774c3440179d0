#include "shared/codec/cose.hpp"

#include "shared/codec/cbor_reader.hpp"
#include "shared/codec/cbor_writer.hpp"
#include "shared/codec/cose_headers.hpp"
#include "shared/codec/signature_names.hpp"

namespace troth::codec {

namespace {

constexpr std::uint64_t cose_sign_tag = 98;
constexpr std::string_view signature_context = "Signature";

constexpr std::size_t max_cose_signatures = 16;

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
  auto& chain = header.locked.has(cose_label::x5chain) ? header.locked : header.open;
  return {*header.locked.algorithm, std::move(chain.certificates),
          signed_structure(signature_context, body, header.encoded, payload), copy(signature)};
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
  const cbor_array signatures{in, max_cose_signatures};
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
  const auto* const found = name_of(by.algorithm);
  if (found == nullptr)
    return error{errc::unsupported, "cose: algorithm"};
  cbor_writer header;
  header.map(1);
  header.integer(cose_label::algorithm);
  header.integer(found->cose);
  const auto encoded = header.take();
  const auto signature = by.sign(signed_structure(signature_context, {}, encoded, payload));
  if (!signature)
    return signature.error();
  out.array(3);
  out.byte_string(encoded);
  out.map(by.certificates.empty() ? 0 : 1);
  if (!by.certificates.empty()) {
    out.integer(cose_label::x5chain);
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
