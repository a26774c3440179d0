#include "shared/endorsement/certified_key.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/authentic.hpp"
#include "shared/endorsement/attestation_key.hpp"
#include "shared/evidence/tpm/algorithm.hpp"
#include "shared/evidence/tpm/certification.hpp"
#include "shared/evidence/tpm/signature.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace troth::endorsement {

namespace tpm = evidence::tpm;

namespace {

/// Parses a statement, and lets it count only if `ak` signed it.
result<crypto::authentic<tpm::certification>> authenticate_statement(const key_statement& statement,
                                                                     const crypto::public_key& ak) {
  auto said = tpm::parse_certification(statement.attest);
  if (!said)
    return said.error();
  const auto signature = tpm::parse_signature(statement.signature);
  if (!signature)
    return signature.error();
  const auto raw = signature_bytes(*signature, ak);
  if (!raw)
    return raw.error();
  auto out = crypto::authenticate(*std::move(said), statement.attest, signature->algorithm, *raw,
                                  ak);
  if (!out)
    return error{out.error().code, "tpm.certification: by the AK: " + out.error().where};
  return out;
}

result<void> check_tls_key_kind(const tpm::public_area& area) {
  const auto key = to_public_key(area);
  if (!key)
    return key.error();
  using crypto::key_kind;
  for (const auto kind : {key_kind::p256, key_kind::p384, key_kind::rsa2048, key_kind::rsa3072})
    if (key->kind() == kind)
      return {};
  return error{errc::unsupported, "tls key: kind " + std::string{name(key->kind())}};
}

} // namespace

result<void> check_tls_key(const tpm::public_area& area) {
  const auto& has = area.attributes;
  const std::initializer_list<std::pair<bool, std::string_view>> demands{
    {has.fixed_tpm, "fixedTPM"},
    {has.fixed_parent, "fixedParent"},
    {has.sensitive_data_origin, "sensitiveDataOrigin"},
    {has.sign, "sign"},
    {!has.restricted, "not restricted"},
    {!has.x509_sign, "no x509sign"},
    {area.symmetric.algorithm == tpm::alg::null, "no symmetric"},
  };
  for (const auto& [holds, what] : demands)
    if (!holds)
      return error{errc::malformed, "tls key: expected " + std::string{what}};
  if (area.name_algorithm == hash_algorithm::sha1 || area.scheme_hash == hash_algorithm::sha1)
    return error{errc::weak, "tls key: SHA-1"};
  const auto schemes = {tpm::alg::null, tpm::alg::rsassa, tpm::alg::rsapss, tpm::alg::ecdsa};
  if (std::ranges::find(schemes, area.scheme) == schemes.end())
    return error{errc::unsupported, "tls key: scheme " + std::to_string(area.scheme)};
  return check_tls_key_kind(area);
}

result<void> check_certified_key(const key_statement& statement, byte_view nonce,
                                 const crypto::public_key& key, const crypto::public_key& ak) {
  const auto area = tpm::parse_public_area(statement.public_area);
  if (!area)
    return area.error();
  if (const auto fit = check_tls_key(*area); !fit)
    return fit;
  const auto said = authenticate_statement(statement, ak);
  if (!said)
    return said.error();
  const auto& answered = (*said)->extra_data;
  if (!std::ranges::equal(answered, nonce))
    return error{errc::untrusted,
                 "tpm.certification: answers " + hex(answered) + ", expected " + hex(nonce)};
  const auto own_name = name_of(*area);
  if ((*said)->name != own_name)
    return error{errc::untrusted, "tpm.certification: of the object " + hex((*said)->name)
                                    + ", expected " + hex(own_name)};
  if (!(*to_public_key(*area) == key))
    return error{errc::untrusted, "tpm.certification: of another key than the CSR's"};
  return {};
}

} // namespace troth::endorsement
