#include "shared/appraisal/snp.hpp"

#include "shared/appraisal/azure.hpp"
#include "shared/appraisal/snp_guest.hpp"
#include "shared/appraisal/snp_rules.hpp"
#include "shared/appraisal/snp_signer.hpp"
#include "shared/appraisal/snp_tcb.hpp"
#include "shared/base/hex.hpp"
#include "shared/endorsement/snp_vek.hpp"

#include <algorithm>
#include <optional>

namespace troth::appraisal {

namespace {

using endorsement::vek_extensions;
using evidence::snp::attestation_report;
using evidence::snp::product_line;
using evidence::snp::signing_key;
using report::snp_evidence;

std::string text(signing_key key) {
  return key == signing_key::vlek ? "VLEK" : "VCEK";
}

/// One report on its way through the rules. Each step is reached only if the one before held.
class snp_appraisal {
public:
  snp_appraisal(const evidence_inputs& in, const snp_trust& trust, const report::manifest* root,
                ledger& book)
    : in_(in), trust_(trust), root_(root), book_(book) {
    out_.type = "SNP Result";
  }

  report::measurement_result run() && {
    const auto first = book_.size();
    out_.snp.emplace();
    auto parsed = evidence::snp::parse_report(in_.evidence.body);
    if (parsed) {
      book_.check(rules::snp_format, snp_evidence, true);
      if (const auto key = check_snp_signer(in_, *parsed, trust_, root_, book_, out_.signature))
        authenticate(*std::move(parsed), *key);
    } else {
      book_.fail(rules::snp_format, snp_evidence, parsed.error(), "an SNP attestation report");
    }
    out_.summary = book_.conclude(first);
    return std::move(out_);
  }

private:
  void authenticate(attestation_report parsed, const snp_signer& by) {
    const auto authentic = endorsement::authenticate_report(std::move(parsed), by.key);
    if (!authentic) {
      out_.signature.signature = book_.fail(rules::snp_signature, snp_evidence, authentic.error(),
                                            "signed by the " + text(by.extensions.kind()));
      return;
    }
    out_.signature.signature = book_.check(rules::snp_signature, snp_evidence, true);
    check_key(**authentic, by);
    if (!check_report_data(*authentic))
      return;
    const auto line = check_product(**authentic, by);
    const auto* policy = check_policy(**authentic);
    appraise_snp_guest(**authentic, policy, in_.references, book_, out_);
    if (line)
      appraise_snp_tcb(**authentic, policy, *line, book_, *out_.snp);
  }

  void check_key(const attestation_report& report, const snp_signer& by) {
    const auto kind = by.extensions.kind();
    book_.check(rules::snp_signing_key, snp_evidence, report.is_signed_by(kind),
                {"key " + std::to_string(report.signing_key_id), text(kind)});
    if (kind == signing_key::vlek) {
      out_.snp->extensions_check.push_back(book_.check(
        rules::snp_csp, snp_evidence, book_.rules().snp.csp_ids.contains(*by.extensions.csp_id),
        {*by.extensions.csp_id, "a provider that the policy names"}));
      return;
    }
    out_.snp->extensions_check.push_back(
      book_.check(rules::snp_chip_id, snp_evidence, is_of_chip(by.extensions, report),
                  {hex(report.chip_id), hex(*by.extensions.hardware_id)}));
  }

  /// The product line by root and, where the report says so, by CPUID: one and the same.
  std::optional<product_line> check_product(const attestation_report& report,
                                            const snp_signer& by) {
    const auto said = report.processor ? product_of(report) : by.line;
    const bool agrees = by.line && said == by.line;
    book_.check(rules::snp_product, snp_evidence, agrees,
                {said ? std::string{name(*said)} : "unknown",
                 by.line ? std::string{name(*by.line)} : "a product line's root"});
    if (!agrees)
      return std::nullopt;
    out_.snp->extensions_check.push_back(
      book_.check(rules::snp_vek_tcb, snp_evidence, is_of_tcb(by.extensions, report, *by.line),
                  {hex(report.reported_tcb), hex(tcb_of(by.extensions.tcb, *by.line))}));
    return by.line;
  }

  /// Whether REPORT_DATA is the context's digest with zeros behind it.
  bool check_report_data(const crypto::authentic<attestation_report>& report) {
    const byte_view data{report->report_data};
    if (in_.azure != nullptr) {
      out_.freshness = check_azure_claims(in_, report, data, book_);
      return out_.freshness.says == report::status::success;
    }
    const auto size = in_.context.sum().view().size();
    const auto is_padded = std::ranges::all_of(data.subspan(size), [](auto b) { return b == 0; });
    const auto holds = is_padded
                       && crypto::authenticate(in_.context, data.first(size), report).has_value();
    out_.freshness = book_.check(rules::snp_report_data, snp_evidence, holds,
                                 {hex(data), hex(in_.context.sum().view()) + " and zeros"});
    return holds;
  }

  const report::snp_policy* check_policy(const attestation_report& report) {
    const auto* policy = root_ != nullptr && root_->snp ? &*root_->snp : nullptr;
    book_.check(rules::snp_policy_present, snp_evidence, policy != nullptr,
                {policy != nullptr ? "one" : "none", "snpPolicy in the root manifest"});
    if (policy == nullptr)
      return nullptr;
    out_.snp->version_match = book_.check(
      rules::snp_version, snp_evidence,
      policy->report_min_version <= report.version && report.version <= policy->report_max_version,
      {std::to_string(report.version), std::to_string(policy->report_min_version) + " to "
                                         + std::to_string(policy->report_max_version)});
    return policy;
  }

  const evidence_inputs& in_;
  const snp_trust& trust_;
  const report::manifest* root_;
  ledger& book_;
  report::measurement_result out_;
};

} // namespace

report::measurement_result appraise_snp(const evidence_inputs& in, const snp_trust& trust,
                                        const report::manifest* root, ledger& book) {
  return snp_appraisal{in, trust, root, book}.run();
}

} // namespace troth::appraisal
