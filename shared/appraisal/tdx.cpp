#include "shared/appraisal/tdx.hpp"

#include "shared/appraisal/azure.hpp"
#include "shared/appraisal/intel_platform.hpp"
#include "shared/appraisal/intel_rules.hpp"
#include "shared/appraisal/tdx_registers.hpp"
#include "shared/base/hex.hpp"
#include "shared/base/reader.hpp"
#include "shared/evidence/tdx/quote.hpp"

#include <algorithm>

namespace troth::appraisal {

namespace {

using endorsement::intel::tcb_evaluation;
using evidence::tdx::td_report;
using report::tdx_evidence;
namespace attribute = evidence::tdx::td_attribute;

constexpr signature_algorithm es256{signature_scheme::ecdsa, hash_algorithm::sha256};

/// One quote on its way through the rules. Each step is reached only if the one before held.
class tdx_appraisal {
public:
  tdx_appraisal(const evidence_inputs& in, const intel_trust& trust, const report::manifest* root,
                ledger& book)
    : in_(in), trust_(trust), root_(root), book_(book) {
    out_.type = "TDX Result";
  }

  report::measurement_result run() && {
    const auto first = book_.size();
    out_.tdx.emplace();
    auto parsed = evidence::tdx::parse_quote(in_.evidence.body);
    if (parsed) {
      book_.check(rules::tdx_format, tdx_evidence, true);
      authenticate(*std::move(parsed));
    } else {
      book_.fail(rules::tdx_format, tdx_evidence, parsed.error(), "a TDX quote of version 4 or 5");
    }
    out_.summary = book_.conclude(first);
    return std::move(out_);
  }

private:
  void authenticate(evidence::tdx::quote parsed) {
    const auto by = parsed.signed_by;
    const auto header = parsed.header;
    const auto signer = check_intel_signer(in_, header, by, trust_, root_, book_, out_.signature);
    if (!signer)
      return;
    const auto signed_bytes = parsed.signed_bytes;
    const auto authentic = crypto::authenticate(std::move(parsed), signed_bytes, es256,
                                                by.signature, signer->attestation_key);
    if (!authentic) {
      out_.signature.signature = book_.fail(rules::intel_signature, tdx_evidence, authentic.error(),
                                            "signed by the attestation key");
      return;
    }
    out_.signature.signature = book_.check(rules::intel_signature, tdx_evidence, true);
    check_report_data(*authentic); // what follows proves itself: all of it is told, come what may
    const auto& td = (*authentic)->body;
    const auto* policy = check_policy(header);
    static const std::vector<std::string> none;
    if (const auto statements = check_intel_collateral(in_, *signer, true, trust_.now, book_))
      check_module(td, appraise_intel_tcb(tdx_evidence, *statements, *signer, by.qe_report, &td,
                                          policy != nullptr ? policy->accepted_tcb_statuses : none,
                                          book_, out_.tdx->tcb_info, out_.tdx->qe_report));
    check_domain(td, policy);
    out_.tdx->mr_match = check_td_registers(in_, td, book_, out_.artifacts);
  }

  /// Whether REPORTDATA is the context's digest with zeros behind it.
  void check_report_data(const crypto::authentic<evidence::tdx::quote>& of) {
    const byte_view data{of->body.report_data};
    if (in_.azure != nullptr) {
      out_.freshness = check_azure_claims(in_, of, data, book_);
      return;
    }
    const auto size = in_.context.sum().view().size();
    const auto is_padded = std::ranges::all_of(data.subspan(size), [](auto b) { return b == 0; });
    const auto holds = is_padded
                       && crypto::authenticate(in_.context, data.first(size), of).has_value();
    out_.freshness = book_.check(rules::intel_report_data, tdx_evidence, holds,
                                 {hex(data), hex(in_.context.sum().view()) + " and zeros"});
  }

  const report::tdx_policy* check_policy(const evidence::sgx::quote_header& header) {
    const auto* policy = root_ != nullptr && root_->tdx ? &*root_->tdx : nullptr;
    book_.check(rules::tdx_policy_present, tdx_evidence, policy != nullptr,
                {policy != nullptr ? "one" : "none", "tdxPolicy in the root manifest"});
    if (policy != nullptr)
      out_.tdx->version_match
        = book_.check(rules::tdx_version, tdx_evidence, header.version == policy->quote_version,
                      {std::to_string(header.version), std::to_string(policy->quote_version)});
    return policy;
  }

  void check_module(const td_report& td, const tcb_evaluation& rated) {
    book_.check(rules::tdx_module, tdx_evidence, rated.module != nullptr,
                {endorsement::intel::module_id(td.tee_tcb_svn), "a module that TCB info lists"});
    if (rated.module == nullptr)
      return;
    book_.check(rules::tdx_mr_signer_seam, tdx_evidence,
                td.mr_signer_seam == rated.module->mr_signer,
                {hex(td.mr_signer_seam), hex(rated.module->mr_signer)});
    out_.tdx->seam_attributes = book_.check(
      rules::tdx_seam_attributes, tdx_evidence,
      (td.seam_attributes & rated.module->attributes_mask) == rated.module->attributes,
      {std::to_string(td.seam_attributes), std::to_string(rated.module->attributes)});
  }

  void check_measurement(const rule& use, byte_view got, byte_view wanted) {
    book_.check(use, tdx_evidence, std::ranges::equal(got, wanted), {hex(got), hex(wanted)});
  }

  void check_domain(const td_report& td, const report::tdx_policy* policy) {
    const auto unknown = td.td_attributes & ~attribute::known;
    book_.check(rules::tdx_reserved, tdx_evidence, unknown == 0, {std::to_string(unknown), "0"});
    if (td.added)
      check_measurement(rules::tdx_service_td, td.added->mr_service_td,
                        evidence::tdx::measurement{});
    if (policy == nullptr)
      return;
    check_measurement(rules::tdx_mr_owner, td.mr_owner, policy->td_id.mr_owner);
    check_measurement(rules::tdx_mr_owner_config, td.mr_owner_config,
                      policy->td_id.mr_owner_config);
    check_measurement(rules::tdx_mr_config_id, td.mr_config_id, policy->td_id.mr_config_id);
    reader in{policy->xfam, "tdxPolicy.xfam"};
    const auto xfam = in.finish(in.u64le("xfam"));
    out_.tdx->xfam = book_.check(rules::tdx_xfam, tdx_evidence, xfam && td.xfam == *xfam,
                                 {std::to_string(td.xfam), hex(policy->xfam)});
    const auto has = [&](std::uint64_t bits) { return (td.td_attributes & bits) != 0; };
    const auto& wanted = policy->attributes;
    auto& out = out_.tdx->attributes;
    out.debug = check_bit(rules::tdx_debug, has(attribute::debug), wanted.debug);
    out.sept_ve_disable = check_bit(rules::tdx_sept_ve, has(attribute::sept_ve_disable),
                                    wanted.sept_ve_disable);
    out.pks = check_bit(rules::tdx_pks, has(attribute::pks), wanted.pks);
    out.kl = check_bit(rules::tdx_kl, has(attribute::kl), wanted.kl);
  }

  report::boolean_match check_bit(const rule& use, bool got, bool wanted) {
    book_.check(use, tdx_evidence, got == wanted,
                {got ? "set" : "clear", wanted ? "set" : "clear"});
    return {got == wanted, wanted, got};
  }

  const evidence_inputs& in_;
  const intel_trust& trust_;
  const report::manifest* root_;
  ledger& book_;
  report::measurement_result out_;
};

} // namespace

report::measurement_result appraise_tdx(const evidence_inputs& in, const intel_trust& trust,
                                        const report::manifest* root, ledger& book) {
  return tdx_appraisal{in, trust, root, book}.run();
}

} // namespace troth::appraisal
