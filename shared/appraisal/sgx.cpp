#include "shared/appraisal/sgx.hpp"

#include "shared/appraisal/intel_platform.hpp"
#include "shared/appraisal/intel_rules.hpp"
#include "shared/base/hex.hpp"
#include "shared/evidence/sgx/quote.hpp"

#include <algorithm>

namespace troth::appraisal {

namespace {

using report::sgx_evidence;
namespace enclave_attribute = evidence::sgx::attribute;

constexpr signature_algorithm quote_signature{signature_scheme::ecdsa, hash_algorithm::sha256};
constexpr std::uint64_t xfrm_legacy = 3;      // x87 and SSE
constexpr std::uint64_t xfrm_avx = 4;         // on top of it
constexpr std::uint64_t xfrm_known = 0x61ae7; // and AVX-512, PKRU, CET, AMX

/// One quote on its way through the rules. Each step is reached only if the one before held.
class sgx_appraisal {
public:
  sgx_appraisal(const evidence_inputs& in, const intel_trust& trust, const report::manifest* root,
                ledger& book)
    : in_(in), trust_(trust), root_(root), book_(book) {
    out_.type = "SGX Result";
  }

  report::measurement_result run() && {
    const auto first = book_.size();
    out_.sgx.emplace();
    auto parsed = evidence::sgx::parse_quote(in_.evidence.body);
    if (parsed) {
      book_.check(rules::sgx_format, sgx_evidence, true);
      authenticate(*std::move(parsed));
    } else {
      book_.fail(rules::sgx_format, sgx_evidence, parsed.error(), "an SGX quote of version 3");
    }
    out_.summary = book_.conclude(first);
    return std::move(out_);
  }

private:
  void authenticate(evidence::sgx::quote parsed) {
    const auto by = parsed.signed_by;
    const auto header = parsed.header;
    const auto signer = check_intel_signer(in_, header, by, trust_, root_, book_, out_.signature);
    if (!signer)
      return;
    const auto signed_bytes = parsed.signed_bytes;
    const auto authentic = crypto::authenticate(std::move(parsed), signed_bytes, quote_signature,
                                                by.signature, signer->attestation_key);
    if (!authentic) {
      out_.signature.signature = book_.fail(rules::intel_signature, sgx_evidence, authentic.error(),
                                            "signed by the attestation key");
      return;
    }
    out_.signature.signature = book_.check(rules::intel_signature, sgx_evidence, true);
    check_report_data(*authentic); // what follows is Intel's word: all of it is told, come what may
    const auto* policy = check_policy(header);
    static const std::vector<std::string> none;
    if (const auto statements = check_intel_collateral(in_, *signer, false, trust_.now, book_))
      (void)appraise_intel_tcb(sgx_evidence, *statements, *signer, by.qe_report, nullptr,
                               policy != nullptr ? policy->accepted_tcb_statuses : none, book_,
                               out_.sgx->tcb_info, out_.sgx->qe_report);
    check_enclave((*authentic)->body, policy);
  }

  /// Whether REPORTDATA is the context's digest with zeros behind it.
  void check_report_data(const crypto::authentic<evidence::sgx::quote>& of) {
    const byte_view data{of->body.report_data};
    const auto size = in_.context.sum().view().size();
    const auto is_padded = std::ranges::all_of(data.subspan(size), [](auto b) { return b == 0; });
    const auto holds = is_padded
                       && crypto::authenticate(in_.context, data.first(size), of).has_value();
    out_.freshness = book_.check(rules::intel_report_data, sgx_evidence, holds,
                                 {hex(data), hex(in_.context.sum().view()) + " and zeros"});
  }

  const report::sgx_policy* check_policy(const evidence::sgx::quote_header& header) {
    const auto* policy = root_ != nullptr && root_->sgx ? &*root_->sgx : nullptr;
    book_.check(rules::sgx_policy_present, sgx_evidence, policy != nullptr,
                {policy != nullptr ? "one" : "none", "sgxPolicy in the root manifest"});
    if (policy != nullptr)
      out_.sgx->version_match
        = book_.check(rules::sgx_version, sgx_evidence, header.version == policy->quote_version,
                      {std::to_string(header.version), std::to_string(policy->quote_version)});
    return policy;
  }

  void check_enclave(const evidence::sgx::enclave_report& body, const report::sgx_policy* policy) {
    check_reference(body);
    check_owner(body);
    book_.check(rules::sgx_reserved, sgx_evidence, (body.flags & ~enclave_attribute::known) == 0,
                {std::to_string(body.flags & ~enclave_attribute::known), "0"});
    if (policy == nullptr)
      return;
    book_.check(rules::sgx_mr_signer, sgx_evidence,
                std::ranges::equal(body.mr_signer, policy->mr_signer),
                {hex(body.mr_signer), hex(policy->mr_signer)});
    book_.check(rules::sgx_isv_svn, sgx_evidence, body.isv_svn >= policy->isv_svn,
                {std::to_string(body.isv_svn), "at least " + std::to_string(policy->isv_svn)});
    check_attributes(body, policy->attributes);
  }

  void check_reference(const evidence::sgx::enclave_report& body) {
    book_.check(rules::sgx_reference, sgx_evidence, !in_.references.empty(),
                {std::to_string(in_.references.size()) + " reference values", "one at least"});
    if (in_.references.empty())
      return;
    const auto measured = *digest::from(hash_algorithm::sha256, body.mr_enclave);
    reference_index index{in_.references, hash_algorithm::sha256};
    const auto* met = index.meet(0, event_kind::extend, measured);
    book_.check(rules::sgx_mr_enclave, sgx_evidence, met != nullptr,
                {hex(body.mr_enclave), "MRENCLAVE of a reference value"});
    report::digest_result shown;
    shown.success = met != nullptr;
    shown.launched = true;
    shown.type = met != nullptr ? "Verified" : "Measurement";
    shown.value = measured;
    shown.what = met != nullptr ? met->component : nullptr;
    out_.artifacts.push_back(shown);
  }

  void check_owner(const evidence::sgx::enclave_report& body) {
    const auto& owner = book_.rules().intel;
    if (owner.isv_prod_id)
      book_.check(rules::sgx_isv_prod_id, sgx_evidence, body.isv_prod_id == *owner.isv_prod_id,
                  {std::to_string(body.isv_prod_id), std::to_string(*owner.isv_prod_id)});
    const auto config = owner.config_id.empty() ? bytes(body.config_id.size()) : owner.config_id;
    book_.check(rules::sgx_config_id, sgx_evidence, std::ranges::equal(body.config_id, config),
                {hex(body.config_id), hex(config)});
    book_.check(rules::sgx_misc_select, sgx_evidence, body.misc_select == 0,
                {std::to_string(body.misc_select), "0"});
  }

  report::boolean_match check_bit(const rule& use, bool got, bool wanted) {
    book_.check(use, sgx_evidence, got == wanted,
                {got ? "set" : "clear", wanted ? "set" : "clear"});
    return {got == wanted, wanted, got};
  }

  void check_attributes(const evidence::sgx::enclave_report& body,
                        const report::sgx_attributes& wanted) {
    const auto has = [&](std::uint64_t bit) { return (body.flags & bit) != 0; };
    auto& out = out_.sgx->attributes;
    out.initted = check_bit(rules::sgx_init, has(enclave_attribute::init), wanted.initted);
    out.debug = check_bit(rules::sgx_debug, has(enclave_attribute::debug), wanted.debug);
    out.mode_64_bit = check_bit(rules::sgx_mode64, has(enclave_attribute::mode64bit),
                                wanted.mode_64_bit);
    out.provision_key = check_bit(rules::sgx_provision_key, has(enclave_attribute::provision_key),
                                  wanted.provision_key);
    out.e_init_token = check_bit(rules::sgx_einittoken_key, has(enclave_attribute::einittoken_key),
                                 wanted.e_init_token);
    out.kss = check_bit(rules::sgx_kss, has(enclave_attribute::kss), wanted.kss);
    const auto legacy = (body.xfrm & xfrm_legacy) == xfrm_legacy;
    const auto avx = (body.xfrm & xfrm_avx) != 0;
    // The reference takes "legacy" and "avx" for two values of XFRM; the usual 7 is neither. So
    // what is not wanted is not forbidden, but "legacy" alone means that there is no AVX.
    out.legacy = {legacy && (!wanted.legacy || wanted.avx || !avx), wanted.legacy, legacy};
    out.avx = {avx || !wanted.avx, wanted.avx, avx};
    book_.check(rules::sgx_xfrm, sgx_evidence,
                out.legacy.success && out.avx.success && (body.xfrm & ~xfrm_known) == 0,
                {std::to_string(body.xfrm), "x87 and SSE, what the policy names, nothing unknown"});
  }

  const evidence_inputs& in_;
  const intel_trust& trust_;
  const report::manifest* root_;
  ledger& book_;
  report::measurement_result out_;
};

} // namespace

report::measurement_result appraise_sgx(const evidence_inputs& in, const intel_trust& trust,
                                        const report::manifest* root, ledger& book) {
  return sgx_appraisal{in, trust, root, book}.run();
}

} // namespace troth::appraisal
