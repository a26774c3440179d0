#include "actors/key_authority.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/issue.hpp"
#include "shared/endorsement/enrolment_nonce.hpp"

#include <algorithm>

namespace troth::actors {

namespace {

constexpr std::size_t challenge_id_bytes = 16;
constexpr std::size_t challenge_bytes = 32;
constexpr std::chrono::minutes clocks_differ{5}; // that a peer's clock may be behind ours

} // namespace

result<protocol::challenge> key_authority::give_challenge() {
  const auto now = outside_.now();
  std::erase_if(challenges_, [now](const auto& each) { return each.second.until <= now; });
  if (challenges_.size() >= rules_.max_challenges)
    return error{errc::exhausted, "challenges: " + std::to_string(challenges_.size()) + " open"};
  const auto id = outside_.random(challenge_id_bytes);
  if (!id)
    return id.error();
  const auto nonce = outside_.random(challenge_bytes);
  if (!nonce)
    return nonce.error();
  const auto until = now + rules_.challenge_life;
  challenges_[hex(*id)] = {*nonce, until};
  return protocol::challenge{hex(*id), protocol::to_blob(*nonce), format_time(until)};
}

result<bytes> key_authority::take_challenge(const std::string& id) {
  const auto taken = challenges_.extract(id);
  if (taken.empty() || taken.mapped().until <= outside_.now())
    return error{errc::no_challenge, "challenge: none of ours, used, or expired"};
  return taken.mapped().nonce;
}

result<key_authority::candidate> key_authority::examine(const protocol::key_enrol_request& request,
                                                        const bytes& report,
                                                        const bytes& challenge) const {
  auto asked = crypto::certificate_request::from_der(protocol::to_bytes(request.csr));
  if (!asked)
    return asked.error();
  const auto& said = request.of;
  const auto is_in_tpm = !request.public_area.empty();
  if (is_in_tpm == said.attest.empty() || is_in_tpm == said.signature.empty())
    return error{errc::missing, "expected public area, attestation and signature, or none of them"};
  if (!is_in_tpm && !rules_.takes_software_keys)
    return error{errc::forbidden, "a key in a file, expected one in a TPM"};
  appraisal::key_enrolment of{*asked, report, std::nullopt};
  if (is_in_tpm)
    of.statement = {protocol::to_bytes(request.public_area), protocol::to_bytes(said.attest),
                    protocol::to_bytes(said.signature)};
  const auto nonce = endorsement::enrolment_nonce(challenge, asked->key());
  const auto machine = appraisal::check_enrolment(of, nonce, keys_.ak_cas, outside_.now());
  if (!machine)
    return machine.error();
  if (const auto allowed = rules_.names.check(*asked, machine->name); !allowed)
    return allowed.error();
  return candidate{*std::move(asked), protocol::to_blob(nonce), machine->name,
                   is_in_tpm ? "tpm" : "sw"};
}

result<std::string> key_authority::certify(const candidate& of, std::string_view verdict) const {
  if (const auto passed = appraisal::check_verdict(verdict, rules_.wanted); !passed)
    return passed.error();
  if (const auto well = check(); !well)
    return well.error();
  const auto now = outside_.now();
  const auto& ca = keys_.chain.front();
  crypto::certificate_content content;
  content.subject.common_name = of.asked.common_name();
  content.dns_names = of.asked.dns_names();
  content.ip_addresses = of.asked.ip_addresses();
  content.key_usages = {crypto::key_usage::digital_signature};
  content.extended_key_usages = {std::string{crypto::eku::server_auth},
                                 std::string{crypto::eku::client_auth}};
  content.not_before = std::max(now - clocks_differ, ca.not_before());
  content.not_after = std::min(now + rules_.life, ca.not_after());
  const auto made = crypto::issue(content, of.asked.key(), ca, keys_.key);
  if (!made)
    return made.error();
  if (const auto kept = issued_.record({*made, of.machine, of.kind, now}); !kept)
    return error{errc::io, "issued keys: " + kept.error().where};
  return made->pem() + this->ca();
}

std::string key_authority::ca() const {
  std::string out;
  for (const auto& each : keys_.chain)
    out += each.pem();
  return out;
}

result<void> key_authority::check() const {
  const auto now = outside_.now();
  const auto& ca = keys_.chain.front();
  if (now < ca.not_before() || now >= ca.not_after())
    return error{errc::expired, "the CA of TLS keys: valid from " + format_time(ca.not_before())
                                  + " to " + format_time(ca.not_after())};
  return {};
}

} // namespace troth::actors
