#include "tools/metatool/sign.hpp"

#include "shared/codec/cose.hpp"
#include "shared/codec/jws.hpp"
#include "shared/report/metadata.hpp"

namespace troth::metatool {

namespace {

signature_algorithm algorithm_of(const crypto::public_key& key, rsa_padding padding) {
  const auto own = crypto::default_algorithm(key.kind());
  if (own.scheme != signature_scheme::rsapss)
    return own;
  return {padding == rsa_padding::pss ? signature_scheme::rsapss : signature_scheme::rsassa,
          hash_algorithm::sha256};
}

codec::signer make_signer(const identity& from, rsa_padding padding) {
  const auto algorithm = algorithm_of(from.key, padding);
  codec::signer out{algorithm, {}, {}};
  for (const auto& each : from.certificates)
    out.certificates.push_back(each.der());
  out.sign = [&from, algorithm](byte_view signed_bytes) {
    return from.sign(algorithm, signed_bytes);
  };
  return out;
}

} // namespace

result<identity> make_identity(std::string_view key_pem,
                               const std::vector<std::string>& certificate_pems) {
  auto key = crypto::private_key::from_pem(key_pem);
  if (!key)
    return error{key.error().code, "key: " + key.error().where};
  return make_identity(
    key->public_half(),
    [key = *key](signature_algorithm algorithm, byte_view message) {
      return key.sign(algorithm, message);
    },
    certificate_pems);
}

result<identity> make_identity(const crypto::public_key& key, sign_with sign,
                               const std::vector<std::string>& certificate_pems) {
  std::vector<crypto::certificate> certificates;
  for (const auto& pem : certificate_pems) {
    const auto parsed = crypto::certificate::from_pem(pem);
    if (!parsed)
      return error{parsed.error().code, "certificates: " + parsed.error().where};
    certificates.insert(certificates.end(), parsed->begin(), parsed->end());
  }
  if (certificates.empty())
    return error{errc::missing, "certificates: none"};
  if (!(certificates.front().key() == key))
    return error{errc::conflict,
                 "the first certificate is not of the key: " + certificates.front().subject()};
  return identity{key, std::move(sign), std::move(certificates)};
}

std::vector<std::string> unfit_signers(std::span<const identity> signers) {
  std::vector<std::string> out;
  for (const auto& each : signers) {
    const auto& leaf = each.certificates.front();
    const auto roles = leaf.extended_key_usages();
    if (roles.size() != 1 || roles.front() != crypto::eku::code_signing || leaf.is_ca())
      out.push_back(leaf.subject());
  }
  return out;
}

result<bytes> sign(byte_view payload, std::span<const identity> signers, signature_format as,
                   rsa_padding padding) {
  if (const auto item = report::parse_metadata(payload); !item)
    return item.error();
  std::vector<codec::signer> with;
  for (const auto& each : signers)
    with.push_back(make_signer(each, padding));
  if (as == signature_format::cose)
    return codec::write_cose(payload, with);
  const auto text = codec::write_jws(payload, with, codec::jws_form::general);
  if (!text)
    return text.error();
  return to_bytes(*text);
}

} // namespace troth::metatool
