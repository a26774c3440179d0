#include "actors/enrolment_authority.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/credential.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/issue.hpp"
#include "shared/crypto/seal.hpp"
#include "shared/endorsement/attestation_key.hpp"
#include "shared/evidence/tpm/public_area.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace troth::actors {

namespace {

using evidence::tpm::public_area;

constexpr std::chrono::hours life{24 * 180};
constexpr std::chrono::minutes clock_difference{5}; // that a machine's clock may be behind ours

/// The keys of a request, each checked for what it must be.
struct checked_keys {
  public_area ek;
  public_area ak;
  crypto::public_key ek_public;
  crypto::public_key ak_public;
};

result<checked_keys> check(const protocol::enrol_request& request,
                           const std::vector<crypto::certificate>& vendors, time_point now) {
  if (!is_machine_name(request.name))
    return error{errc::malformed, "name: expected 1 to 57 of a-z 0-9 . - _"};
  const auto ek = evidence::tpm::parse_public_area(protocol::to_bytes(request.ek_public));
  if (!ek)
    return error{ek.error().code, "ek: " + ek.error().where};
  const auto ak = evidence::tpm::parse_public_area(protocol::to_bytes(request.ak_public));
  if (!ak)
    return error{ak.error().code, "ak: " + ak.error().where};
  const auto certificate
    = crypto::certificate::from_der(protocol::to_bytes(request.ek_certificate));
  if (!certificate)
    return error{certificate.error().code, "ek certificate: " + certificate.error().where};
  if (const auto holds = endorsement::check_endorsement_key(*certificate, *ek, vendors, now);
      !holds)
    return holds.error();
  if (const auto holds = endorsement::check_attestation_key(*ak); !holds)
    return holds.error();
  const auto ak_public = endorsement::to_public_key(*ak);
  if (!ak_public)
    return ak_public.error();
  return checked_keys{*ek, *ak, certificate->key(), *ak_public};
}

crypto::certificate_content content_for(const std::string& name, const crypto::certificate& ca,
                                        time_point now) {
  crypto::certificate_content out;
  out.subject.common_name = name + std::string{endorsement::attestation_key_suffix};
  out.key_usages = {crypto::key_usage::digital_signature};
  out.extended_key_usages = {std::string{crypto::eku::tpm_ak}};
  out.not_before = std::max(now - clock_difference, ca.not_before());
  out.not_after = std::min(now + life, ca.not_after());
  return out;
}

} // namespace

result<protocol::enrol_response>
enrolment_authority::enrol(const protocol::enrol_request& request) const {
  const auto now = outside_.now();
  const auto keys = check(request, keys_.vendors, now);
  if (!keys)
    return keys.error();
  const auto& ca = keys_.ca_chain.front();
  const auto certificate = crypto::issue(content_for(request.name, ca, now), keys->ak_public, ca,
                                         keys_.ca_key);
  if (!certificate)
    return certificate.error();
  auto pem = certificate->pem();
  for (const auto& each : keys_.ca_chain)
    pem += each.pem();

  crypto::seal_key secret;
  const auto random = outside_.random(secret.size());
  if (!random)
    return random.error();
  std::ranges::copy(*random, secret.begin());
  const auto name = endorsement::name_of(keys->ak);
  const auto credential = crypto::make_credential(
    {keys->ek_public, keys->ek.name_algorithm, keys->ek.symmetric.key_bits}, name, secret);
  if (!credential)
    return credential.error();
  const auto sealed = crypto::seal(secret, to_bytes(pem), name);
  if (!sealed)
    return sealed.error();
  const auto key_id = crypto::hash(hash_algorithm::sha256, keys->ek_public.der());
  if (const auto bound = registry_.bind(request.name, hex(key_id.view())); !bound)
    return bound.error();
  return protocol::enrol_response{protocol::to_blob(credential->id_object),
                                  protocol::to_blob(credential->encrypted_secret),
                                  protocol::to_blob(*sealed)};
}

} // namespace troth::actors
