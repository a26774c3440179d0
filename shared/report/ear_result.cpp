#include "shared/report/ear_result.hpp"

#include "shared/base/base64.hpp"

#include <algorithm>
#include <array>

namespace troth::report {

namespace {

using namespace trust_value;

/// Which claim a failed rule speaks to.
struct consequence {
  std::string_view word; ///< In the rule's id, behind the dot.
  trust_claim claim;
  std::int8_t failed;
};

/// The first that fits counts. A rule that none fits makes the configuration unsupportable.
constexpr std::array consequences = {
  consequence{"signature_format", trust_claim::configuration, unsupportable_config},
  consequence{"ak_certificate", trust_claim::instance_identity, unrecognized_instance},
  consequence{"ak_chain", trust_claim::instance_identity, unrecognized_instance},
  consequence{"ak_role", trust_claim::instance_identity, unrecognized_instance},
  consequence{"fingerprint", trust_claim::instance_identity, unrecognized_instance},
  consequence{"chain", trust_claim::hardware, unrecognized_hw},
  consequence{"certificate", trust_claim::hardware, unrecognized_hw},
  consequence{"accepted", trust_claim::hardware, unrecognized_hw},
  consequence{"tcb", trust_claim::hardware, contraindicated_hw},
  consequence{"firmware", trust_claim::hardware, contraindicated_hw},
  consequence{"platform", trust_claim::hardware, contraindicated_hw},
  consequence{"debug", trust_claim::runtime_opaque, visible_rt},
  consequence{"pcr_digest", trust_claim::executables, contraindicated_rt},
  consequence{"aggregate", trust_claim::executables, contraindicated_rt},
  consequence{"initial_value", trust_claim::executables, contraindicated_rt},
  consequence{"event", trust_claim::executables, unrecognized_rt},
  consequence{"reference", trust_claim::executables, unrecognized_rt},
  consequence{"violation", trust_claim::executables, unrecognized_rt},
  consequence{"measurement", trust_claim::executables, unrecognized_rt},
};

/// Rules on how the evidence was signed: without that, all it says is nobody's word.
constexpr std::array cryptographic = {std::string_view{"signature"}, std::string_view{"nonce"},
                                      std::string_view{"report_data"}};

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

/// A rule's id in two: `tpm`, `nonce`.
struct rule_parts {
  std::string_view room;
  std::string_view check;

  explicit rule_parts(std::string_view id)
    : room(id.substr(0, id.find('.'))), check(id.substr(std::min(id.size(), room.size() + 1))) {
    // nop
  }
};

void add_failure(trust_vector& to, std::string_view check) {
  if (std::ranges::find(cryptographic, check) != cryptographic.end()) {
    for (const auto claim : {trust_claim::instance_identity, trust_claim::configuration,
                             trust_claim::executables, trust_claim::hardware})
      to.add(claim, crypto_failed);
    return;
  }
  const auto* const at = std::ranges::find_if(consequences, [=](const consequence& each) {
    return check.find(each.word) != std::string_view::npos;
  });
  if (at == consequences.end())
    to.add(trust_claim::configuration, unsupportable_config);
  else
    to.add(at->claim, at->failed);
}

/// Adds what a finding means for a part. `is_common`: it is on the report as a whole.
void add_finding(trust_vector& to, const finding& found, bool is_common, status overall) {
  const rule_parts rule{found.rule};
  if (found.says == outcome::warn)
    to.add(trust_claim::configuration, unsafe_config);
  if (found.says == outcome::not_checked && overall != status::success)
    to.add(trust_claim::configuration, unavailable_config);
  if (found.says != outcome::fail)
    return;
  if (is_common && rule.check != "nonce")
    to.add(trust_claim::configuration,
           rule.check == "signature" ? crypto_failed : unsupportable_config);
  else
    add_failure(to, rule.check);
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
    const rule_parts rule{found.rule};
    const auto is_common = std::ranges::find(of_all_parts, rule.room) != of_all_parts.end();
    if (is_common || rule.room == own)
      add_finding(vector, found, is_common, value.summary.says);
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
