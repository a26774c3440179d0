#include "shared/appraisal/key_enrolment.hpp"

#include "shared/appraisal/evidence_inputs.hpp"
#include "shared/codec/json.hpp"
#include "shared/endorsement/attestation_key.hpp"
#include "shared/report/report.hpp"
#include "shared/report/result.hpp"

#include <algorithm>
#include <set>

namespace troth::appraisal {

namespace {

/// Returns the certificate of the key that a TPM signed the report's evidence with. A verifier that
/// lets a report pass has verified one evidence of each type, with the same certificate.
result<crypto::certificate> attestation_key_in(const report::report& from) {
  const auto& type = report::tpm_evidence;
  const auto* beside = find_collateral(from.claims, type);
  if (beside == nullptr || std::ranges::count(from.evidences, type, &report::evidence::type) != 1)
    return error{errc::missing, "report: evidence of one TPM"};
  if (beside->certificates.empty())
    return error{errc::missing, "report: the certificate of the TPM's attestation key"};
  return crypto::certificate::from_der(beside->certificates.front());
}

/// Returns what a certificate of an attestation key calls its machine; empty unless one of `ak_cas`
/// says so.
std::string machine_of(const crypto::certificate& ak, std::span<const crypto::certificate> ak_cas,
                       time_point now) {
  if (!crypto::verify_chain(ak, {}, ak_cas, {now, crypto::eku::tpm_ak}))
    return {};
  const auto& suffix = endorsement::attestation_key_suffix;
  auto name = ak.subject_common_name();
  if (!name.ends_with(suffix))
    return {};
  name.resize(name.size() - suffix.size());
  return name;
}

/// Names the rules that failed or warned, each once.
std::string complaints_in(const nlohmann::json& result) {
  const nlohmann::json::json_pointer findings{"/troth/findings"};
  if (!result.contains(findings) || !result[findings].is_array())
    return {};
  std::set<std::string> rules;
  for (const auto& each : result[findings])
    if (each.is_object() && each.contains("rule") && each["rule"].is_string()
        && each.contains("outcome") && (each["outcome"] == "fail" || each["outcome"] == "warn"))
      rules.insert(each["rule"].get<std::string>());
  std::string out;
  for (const auto& rule : rules)
    out += (out.empty() ? ": " : ", ") + rule;
  return out;
}

} // namespace

result<enrolling_machine> check_enrolment(const key_enrolment& of, byte_view nonce,
                                          std::span<const crypto::certificate> ak_cas,
                                          time_point now) {
  const auto report = report::parse_report(of.report);
  if (!report)
    return error{report.error().code, "report: " + report.error().where};
  const auto ak = attestation_key_in(*report);
  if (!of.statement)
    return enrolling_machine{ak ? machine_of(*ak, ak_cas, now) : std::string{}};
  if (!ak)
    return ak.error();
  if (const auto held = endorsement::check_certified_key(*of.statement, nonce, of.asked.key(),
                                                         ak->key());
      !held)
    return held.error();
  return enrolling_machine{machine_of(*ak, ak_cas, now)};
}

result<void> check_verdict(std::string_view result, wanted_verdict wanted) {
  const auto parsed = codec::parse_json(result, {.max_bytes = result.size()});
  if (!parsed)
    return error{parsed.error().code, "result: " + parsed.error().where};
  const nlohmann::json::json_pointer place{"/summary/status"};
  if (!parsed->contains(place) || !(*parsed)[place].is_string())
    return error{errc::malformed, "result: no summary.status"};
  const auto& said = (*parsed)[place].get_ref<const std::string&>();
  const auto warning_will_do = wanted == wanted_verdict::success_or_warning;
  if (said == name(report::status::success)
      || (warning_will_do && said == name(report::status::warn)))
    return {};
  return error{errc::untrusted, "report: " + said + complaints_in(*parsed)};
}

} // namespace troth::appraisal
