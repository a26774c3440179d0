#include "shared/report/ear_result.hpp"

#include "shared/base/base64.hpp"
#include "shared/report/ear_rules.hpp"

#include <algorithm>
#include <array>

namespace troth::report {

namespace {

using namespace trust_value;

constexpr std::array of_all_parts = {std::string_view{"report"},    std::string_view{"context"},
                                     std::string_view{"evidence"},  std::string_view{"metadata"},
                                     std::string_view{"reference"}, std::string_view{"policy"}};

trust_tier tier_of(status says) noexcept {
  switch (says) {
  case status::success:
    return trust_tier::affirming;
  case status::warn:
    return trust_tier::warning;
  case status::fail:
    break;
  }
  return trust_tier::contraindicated;
}

/// Returns what a rule's id begins with: `tpm` of `tpm.nonce`.
std::string_view room_of(std::string_view rule) {
  return rule.substr(0, rule.find('.'));
}

/// Returns whether a finding is on the part of that label, as far as its rule tells.
bool speaks_to(const finding& found, std::string_view own) {
  const auto room = room_of(found.rule);
  return room == own || (room == "intel" && (own == "sgx" || own == "tdx"))
         || std::ranges::find(of_all_parts, room) != of_all_parts.end();
}

/// Adds what a finding means for a part.
void add_finding(trust_vector& to, const finding& found, status overall) {
  if (found.says == outcome::warn)
    to.add(trust_claim::configuration, unsafe_config);
  if (found.says == outcome::not_checked && overall != status::success)
    to.add(trust_claim::configuration, unavailable_config);
  if (found.says != outcome::fail)
    return;
  const auto meaning = consequence_of(found.rule);
  if (meaning.claim)
    return to.add(*meaning.claim, meaning.failed);
  for (const auto claim : {trust_claim::instance_identity, trust_claim::configuration,
                           trust_claim::executables, trust_claim::hardware})
    to.add(claim, meaning.failed);
}

/// Returns whether a part measured files while the machine ran, beyond what it booted: IMA's PCR.
bool has_runtime_log(const measurement_result& from) {
  constexpr std::uint64_t ima_pcr = 10;
  return from.tpm
         && std::ranges::find(from.tpm->pcr_match, ima_pcr, &digest_result::index)
              != from.tpm->pcr_match.end();
}

/// What speaks for a part. What speaks against it is added later, and wins.
trust_vector approvals(const measurement_result& from, std::string_view label) {
  trust_vector out;
  if (label == "SW")
    out.add(trust_claim::hardware, unsafe_hw); // anybody who was root has the key
  if (from.summary.says != status::success || from.signature.signature.says != status::success
      || from.signature.chain.says != status::success)
    return out;
  out.add(trust_claim::configuration, approved_config);
  const auto runs_measured = label == "SGX" || has_runtime_log(from);
  out.add(trust_claim::executables, runs_measured ? approved_rt : approved_boot);
  if (label == "SW")
    return out;
  out.add(trust_claim::hardware, genuine_hw);
  if (label == "TPM")
    out.add(trust_claim::instance_identity, recognized_instance); // by its enrolled key
  else
    out.add(trust_claim::runtime_opaque, encrypted_rt);
  return out;
}

std::string label_of(const measurement_result& from) {
  return from.type.substr(0, from.type.find(' '));
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return out;
}

ear_appraisal make_part(const attestation_result& value, trust_vector vector,
                        const std::string& label) {
  const auto own = lower(label);
  for (const auto& found : value.findings) {
    if (speaks_to(found, own))
      add_finding(vector, found, value.summary.says);
    if (found.rule == "evidence.simulated" && found.subject.starts_with(label))
      vector.add(trust_claim::hardware, unsafe_hw); // accepted or not, there is no hardware
  }
  ear_appraisal out;
  out.vector = vector;
  out.status = std::max(tier_of(value.summary.says), vector.worst());
  if (!value.policy.empty())
    out.policy_ids = {value.policy};
  return out;
}

} // namespace

result<ear_claims> make_ear(const attestation_result& value, const ear_options& options) {
  if (!value.caller_inputs.empty() && options.chosen == caller_inputs::refused)
    return error{errc::forbidden, "ear: the caller chose " + value.caller_inputs.front()};
  ear_claims out;
  out.profile = options.profile;
  out.issued_at
    = std::chrono::duration_cast<std::chrono::seconds>(value.created.time_since_epoch()).count();
  out.expires = out.issued_at + options.lifetime.count();
  out.issuer = options.issuer;
  out.audience = options.audience;
  out.developer = options.developer;
  out.build = options.build;
  if (value.freshness.says == status::success && value.parsed != nullptr)
    out.nonce = base64url(value.parsed->claims.nonce);
  for (const auto& measured : value.measurements) {
    const auto label = label_of(measured);
    out.parts.emplace(label, make_part(value, approvals(measured, label), label));
  }
  if (out.parts.empty())
    out.parts.emplace("report", make_part(value, {}, "report"));
  out.status = tier_of(value.summary.says);
  for (const auto& [label, part] : out.parts)
    out.status = std::max(*out.status, part.status);
  return out;
}

} // namespace troth::report
