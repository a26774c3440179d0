#include "shared/endorsement/attestation_key.hpp"

#include "shared/crypto/ecdsa.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/tpm/algorithm.hpp"

#include <string_view>
#include <vector>

namespace troth::endorsement {

namespace tpm = evidence::tpm;

namespace {

struct demand {
  bool holds;
  std::string_view what;
};

/// Returns the first demand that does not hold, as an error.
result<void> check(std::string_view key, std::initializer_list<demand> demands) {
  for (const auto& each : demands)
    if (!each.holds)
      return error{errc::malformed, std::string{key} + ": expected " + std::string{each.what}};
  return {};
}

result<crypto::key_kind> to_kind(std::uint16_t curve) {
  switch (curve) {
  case tpm::curve::nist_p256:
    return crypto::key_kind::p256;
  case tpm::curve::nist_p384:
    return crypto::key_kind::p384;
  case tpm::curve::nist_p521:
    return crypto::key_kind::p521;
  default:
    return error{errc::unsupported, "tpm.public.curve " + std::to_string(curve)};
  }
}

bool is_signature_scheme(std::uint16_t scheme) {
  return scheme == tpm::alg::rsassa || scheme == tpm::alg::rsapss || scheme == tpm::alg::ecdsa;
}

} // namespace

result<crypto::public_key> to_public_key(const tpm::public_area& area) {
  if (const auto* rsa = std::get_if<tpm::rsa_parameters>(&area.key))
    return crypto::public_key::from_rsa(rsa->modulus, rsa->exponent);
  const auto& ecc = std::get<tpm::ecc_parameters>(area.key);
  const auto kind = to_kind(ecc.curve_id);
  if (!kind)
    return kind.error();
  return crypto::public_key::from_ec_point(*kind, ecc.x, ecc.y);
}

result<bytes> signature_bytes(const tpm::signature& of, const crypto::public_key& key) {
  if (of.algorithm.scheme != signature_scheme::ecdsa)
    return of.rsa;
  auto padded = tpm::raw_ecdsa(of, crypto::coordinate_size(key.kind()));
  if (!padded)
    return error{errc::bad_signature, padded.error().where};
  return padded;
}

bytes name_of(const tpm::public_area& area) {
  const auto id = tpm::id_from_hash(area.name_algorithm);
  bytes out{static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id & 0xFF)};
  const auto hashed = crypto::hash(area.name_algorithm, area.exact);
  out.insert(out.end(), hashed.view().begin(), hashed.view().end());
  return out;
}

result<void> check_attestation_key(const tpm::public_area& area) {
  const auto& has = area.attributes;
  const auto formed = check("ak", {{has.fixed_tpm, "fixedTPM"},
                                   {has.fixed_parent, "fixedParent"},
                                   {has.sensitive_data_origin, "sensitiveDataOrigin"},
                                   {has.restricted, "restricted"},
                                   {has.sign, "sign"},
                                   {!has.decrypt, "no decrypt"},
                                   {!has.x509_sign, "no x509sign"},
                                   {area.symmetric.algorithm == tpm::alg::null, "no symmetric"},
                                   {area.scheme != tpm::alg::null, "a scheme of its own"}});
  if (!formed)
    return formed;
  if (area.name_algorithm == hash_algorithm::sha1 || area.scheme_hash == hash_algorithm::sha1)
    return error{errc::weak, "ak: SHA-1"};
  if (!is_signature_scheme(area.scheme) || !area.scheme_hash)
    return error{errc::unsupported, "ak: scheme " + std::to_string(area.scheme)};
  if (const auto key = to_public_key(area); !key)
    return key.error();
  return {};
}

result<void> check_endorsement_key(const crypto::certificate& certificate,
                                   const tpm::public_area& area,
                                   std::span<const crypto::certificate> vendors, time_point at) {
  std::vector<crypto::certificate> roots;
  std::vector<crypto::certificate> intermediates;
  for (const auto& each : vendors)
    (each.is_self_issued() ? roots : intermediates).push_back(each);
  const auto path = crypto::verify_chain(certificate, intermediates, roots,
                                         {at, crypto::eku::tpm_ek});
  if (!path)
    return error{path.error().code, "ek certificate: " + path.error().where};
  const auto key = to_public_key(area);
  if (!key)
    return key.error();
  const auto& has = area.attributes;
  return check("ek", {{*key == certificate.key(), "the key of its certificate"},
                      {!certificate.is_ca(), "a certificate that is no CA's"},
                      {has.fixed_tpm, "fixedTPM"},
                      {has.fixed_parent, "fixedParent"},
                      {has.sensitive_data_origin, "sensitiveDataOrigin"},
                      {has.restricted, "restricted"},
                      {has.decrypt, "decrypt"},
                      {!has.sign, "no sign"}});
}

} // namespace troth::endorsement
