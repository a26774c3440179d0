#include "tools/metatool/sign.hpp"

#include "shared/codec/cose.hpp"
#include "shared/codec/jws.hpp"
#include "shared/report/metadata.hpp"

namespace troth::metatool {

namespace {

/// What the reference reads; without RSA-PSS and EdDSA.
result<signature_algorithm> algorithm_of(const crypto::private_key& key) {
  switch (key.public_half().kind()) {
  case crypto::key_kind::p256:
  case crypto::key_kind::p384:
  case crypto::key_kind::p521:
    return key.default_algorithm();
  case crypto::key_kind::rsa2048:
  case crypto::key_kind::rsa3072:
  case crypto::key_kind::rsa4096:
    return signature_algorithm{signature_scheme::rsassa, hash_algorithm::sha256};
  default:
    return error{errc::unsupported, "metadata is signed with ECDSA P-256, P-384, P-521 or RSA of "
                                    "2048, 3072 or 4096 bits"};
  }
}

result<codec::signer> make_signer(const identity& from) {
  const auto algorithm = algorithm_of(from.key);
  if (!algorithm)
    return algorithm.error();
  codec::signer out{*algorithm, {}, {}};
  for (const auto& each : from.certificates)
    out.certificates.push_back(each.der());
  out.sign = [&key = from.key, algorithm = *algorithm](byte_view signed_bytes) {
    return key.sign(algorithm, signed_bytes);
  };
  return out;
}

} // namespace

result<identity> make_identity(std::string_view key_pem,
                               const std::vector<std::string>& certificate_pems) {
  auto key = crypto::private_key::from_pem(key_pem);
  if (!key)
    return error{key.error().code, "key: " + key.error().where};
  std::vector<crypto::certificate> certificates;
  for (const auto& pem : certificate_pems) {
    const auto parsed = crypto::certificate::from_pem(pem);
    if (!parsed)
      return error{parsed.error().code, "certificates: " + parsed.error().where};
    certificates.insert(certificates.end(), parsed->begin(), parsed->end());
  }
  if (certificates.empty())
    return error{errc::missing, "certificates: none"};
  if (certificates.front().key() != key->public_half())
    return error{errc::conflict,
                 "the first certificate is not of the key: " + certificates.front().subject()};
  return identity{*std::move(key), std::move(certificates)};
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

result<bytes> sign(byte_view payload, std::span<const identity> signers, signature_format as) {
  if (const auto item = report::parse_metadata(payload); !item)
    return item.error();
  std::vector<codec::signer> with;
  for (const auto& each : signers) {
    auto signer = make_signer(each);
    if (!signer)
      return signer.error();
    with.push_back(*std::move(signer));
  }
  if (as == signature_format::cose)
    return codec::write_cose(payload, with);
  const auto text = codec::write_jws(payload, with, codec::jws_form::general);
  if (!text)
    return text.error();
  return to_bytes(*text);
}

} // namespace troth::metatool
