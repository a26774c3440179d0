#include "shared/appraisal/appraise.hpp"

#include "shared/appraisal/azure.hpp"
#include "shared/appraisal/certificates.hpp"
#include "shared/appraisal/conditions.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/appraisal/metadata.hpp"
#include "shared/appraisal/psa.hpp"
#include "shared/appraisal/sgx.hpp"
#include "shared/appraisal/snp.hpp"
#include "shared/appraisal/sw.hpp"
#include "shared/appraisal/tdx.hpp"
#include "shared/appraisal/tpm.hpp"
#include "shared/base/hex.hpp"
#include "shared/report/azure_evidence.hpp"

#include <algorithm>
#include <array>

namespace troth::appraisal {

namespace {

using report::azure_snp_evidence;
using report::azure_tdx_evidence;
using report::azure_tpm_evidence;
using report::ias_evidence;
using report::sgx_evidence;
using report::snp_evidence;
using report::sw_evidence;
using report::tdx_evidence;
using report::tpm_evidence;

constexpr std::array hardware_evidence = {tpm_evidence,       snp_evidence,      sgx_evidence,
                                          tdx_evidence,       ias_evidence,      azure_snp_evidence,
                                          azure_tdx_evidence, azure_tpm_evidence};

class appraisal {
public:
  explicit appraisal(const inputs& in) : in_(in), book_(in.rules) {
    out_.created = in.now;
    out_.policy = id_of(in.rules);
  }

  report::attestation_result run() && {
    auto parsed = report::parse_report(in_.report);
    if (!parsed) {
      book_.fail(rules::report_format, "report", parsed.error(),
                 "a report " + std::string{report::report_version} + ", JSON or CBOR");
    } else {
      out_.parsed = std::make_shared<const report::report>(*std::move(parsed));
      judge(*out_.parsed);
    }
    out_.summary = book_.conclude();
    if (in_.known != nullptr && out_.summary.says != report::status::fail) {
      items_.keep();
      silicon_.keep();
      for (const auto* each : {&metadata_pool_, &status_pool_, &ak_pool_, &psa_pool_})
        each->keep();
    }
    out_.findings = std::move(book_).take();
    return std::move(out_);
  }

private:
  void judge(const report::report& report) {
    book_.check(rules::report_format, "report", true);
    out_.prover_name = report.name;
    check_nonce(report.claims.nonce);
    const auto algorithm = parse_hash_algorithm(report.claims.hash_name);
    const auto is_strong = algorithm && *algorithm != hash_algorithm::sha1;
    book_.check(rules::context_hash, "context", is_strong,
                {report.claims.hash_name, "SHA-256, SHA-384 or SHA-512"});
    if (!is_strong)
      return;
    auto metadata = appraise_metadata({report.claims, *algorithm, in_.left_out, in_.now}, items_,
                                      book_);
    out_.certification_level = metadata.certification_level;
    check_conditions(metadata.summary, in_.now, book_);
    const auto* const image
      = std::get_if<report::image_description>(metadata.summary.image_description.item.get());
    auto references = collect_references(metadata.manifests, image, book_);
    const crypto::hashed context{report.claims, report.context_bytes, *algorithm};
    check_presence(report, references);
    if (in_.provisioned && in_.rules.accept_provisioned_values) {
      out_.provisioned = in_.provisioned;
      add_provisioned(*in_.provisioned, in_.now, references);
    }
    // What an Azure machine's hardware vouches for is known before its TPM's quote is judged.
    for (const auto is_tpm_of_azure : {false, true})
      for (const auto& evidence : report.evidences)
        if ((evidence.type == azure_tpm_evidence) == is_tpm_of_azure)
          judge(evidence, context, references, metadata);
    check_level(report);
    out_.metadata = std::move(metadata.summary);
    appraise_versions(out_, in_.history, book_);
  }

  void check_nonce(byte_view got) {
    const auto size = in_.nonce.size();
    const auto fits = size >= in_.rules.minimum_nonce_bytes
                      && size <= in_.rules.maximum_nonce_bytes;
    out_.freshness
      = book_.check(rules::context_nonce, "context", fits && std::ranges::equal(got, in_.nonce),
                    {hex(got),
                     in_.nonce.empty() ? "a nonce" : hex(in_.nonce),
                     {},
                     fits ? ""
                          : "the nonce has " + std::to_string(size) + " bytes; the policy wants "
                              + std::to_string(in_.rules.minimum_nonce_bytes) + " to "
                              + std::to_string(in_.rules.maximum_nonce_bytes)});
  }

  static std::size_t count(const auto& items, std::string_view type) {
    return static_cast<std::size_t>(
      std::ranges::count_if(items, [&](const auto& item) { return item.type == type; }));
  }

  /// Which evidence must be there, may be there, and has what belongs to it.
  void check_presence(const report::report& report, const reference_values& references) {
    book_.check(rules::evidence_present, "report", !report.evidences.empty(),
                {std::to_string(report.evidences.size()) + " evidences", "one at least"});
    for (const auto& type : in_.rules.required_evidence)
      book_.check(rules::evidence_required, type, count(report.evidences, type) == 1,
                  {std::to_string(count(report.evidences, type)), "one"});
    for (const auto& collateral : report.claims.collaterals)
      if (count(report.evidences, collateral.type) != 1
          || count(report.claims.collaterals, collateral.type) != 1)
        book_.check(rules::evidence_collateral, collateral.type, false,
                    {"collateral that is not of one evidence", "one for each evidence"});
    const auto covered = [&](const auto& values, std::string_view type,
                             std::string_view of_azure = {}) {
      if (!values.empty() && count(report.evidences, type) == 0
          && (of_azure.empty() || count(report.evidences, of_azure) == 0))
        book_.check(rules::reference_covered, type, false,
                    {"reference values and no evidence", "evidence for them"});
    };
    covered(references.tpm, tpm_evidence, azure_tpm_evidence);
    covered(references.sw, sw_evidence);
    covered(references.snp, snp_evidence, azure_snp_evidence);
    covered(references.sgx, report::sgx_evidence);
    covered(references.tdx, tdx_evidence, azure_tdx_evidence);
    covered(references.ias, ias_evidence);
  }

  void judge(const report::evidence& evidence, const crypto::hashed<report::context>& context,
             const reference_values& references, const appraised_metadata& metadata) {
    const auto is_known = evidence.type == sw_evidence
                          || std::ranges::find(hardware_evidence, evidence.type)
                               != hardware_evidence.end();
    if (!is_known) {
      book_.check(rules::evidence_known, evidence.type, false, {evidence.type, "a known type"});
      return;
    }
    if (find_collateral(context.value(), evidence.type) == nullptr) {
      book_.check(rules::evidence_collateral, evidence.type, false, {"none", "one"});
      return;
    }
    if (judged_.end() != std::ranges::find(judged_, evidence.type)) {
      book_.check(rules::evidence_unique, evidence.type, false, {"another one", "one"});
      return;
    }
    judged_.push_back(evidence.type);
    if (evidence.type == sw_evidence) {
      out_.measurements.push_back(
        appraise_sw({evidence, context, references.sw, references.container_rules}, book_));
      return;
    }
    const auto* root = metadata.manifests.empty() ? nullptr : metadata.manifests.front();
    const auto is_of_azure = evidence.type == azure_snp_evidence
                             || evidence.type == azure_tdx_evidence
                             || evidence.type == azure_tpm_evidence;
    auto* const azure = is_of_azure ? &azure_ : nullptr;
    if (evidence.type == snp_evidence || evidence.type == azure_snp_evidence) {
      out_.measurements.push_back(appraise_snp(
        {evidence, context, references.snp, {}, in_.statements, &silicon_, azure},
        {snp_roots_, in_.anchors.snp_root_keys, in_.anchors.snp_revocation_lists, in_.now}, root,
        book_));
      return;
    }
    const intel_trust intel{intel_roots_, in_.anchors.intel_root_keys, in_.now};
    if (evidence.type == sgx_evidence) {
      out_.measurements.push_back(appraise_sgx(
        {evidence, context, references.sgx, {}, in_.statements, &silicon_}, intel, root, book_));
      return;
    }
    if (evidence.type == tdx_evidence || evidence.type == azure_tdx_evidence) {
      out_.measurements.push_back(
        appraise_tdx({evidence, context, references.tdx, {}, in_.statements, &silicon_, azure},
                     intel, root, book_));
      return;
    }
    static const std::vector<std::string> none;
    if (evidence.type == ias_evidence) {
      out_.measurements.push_back(appraise_psa({evidence, context, references.ias}, psa_pool_,
                                               root == nullptr ? none : root->ca_fingerprints,
                                               book_));
      return;
    }
    out_.measurements.push_back(
      appraise_tpm({evidence, context, references.tpm, {}, nullptr, nullptr, azure}, ak_pool_,
                   root == nullptr ? none : root->ca_fingerprints, book_));
  }

  void check_level(const report::report& report) {
    const auto has_hardware = std::ranges::any_of(hardware_evidence, [&](auto type) {
      return count(report.evidences, type) != 0;
    });
    const auto level = out_.certification_level;
    const auto holds = level >= in_.rules.minimum_certification_level
                       && (has_hardware || level <= 1);
    book_.check(rules::certification_level, "manifests", holds,
                {std::to_string(level),
                 has_hardware ? "at least " + std::to_string(in_.rules.minimum_certification_level)
                              : std::to_string(in_.rules.minimum_certification_level)
                                  + " to 1: there is no hardware evidence"});
  }

  using certificates = std::vector<crypto::certificate>;

  /// The roots for one role; under `separate_roots: false` those of all.
  const certificates& roots(const certificates& own) const {
    return in_.rules.separate_roots ? own : all_roots_;
  }

  certificates pooled() const {
    certificates out;
    if (!in_.rules.separate_roots)
      for (const auto* each :
           {&in_.anchors.metadata_roots, &in_.anchors.ak_roots, &in_.anchors.snp_roots,
            &in_.anchors.intel_roots, &in_.anchors.psa_roots, &in_.anchors.status_roots})
        out.insert(out.end(), each->begin(), each->end());
    return out;
  }

  /// The chains of one role. @param eku what its certificates must carry, if they must.
  certificate_pool pool(const certificates& own, bool is_required, std::string_view eku) const {
    return {roots(own), in_.now, is_required ? eku : std::string_view{}, in_.known};
  }

  const inputs& in_;
  ledger book_;
  certificates all_roots_ = pooled();
  const certificates& snp_roots_ = roots(in_.anchors.snp_roots);
  const certificates& intel_roots_ = roots(in_.anchors.intel_roots);
  certificate_pool metadata_pool_ = pool(in_.anchors.metadata_roots, in_.rules.require_signer_eku,
                                         crypto::eku::code_signing);
  certificate_pool status_pool_ = pool(in_.anchors.status_roots, in_.rules.require_status_eku,
                                       crypto::eku::ocsp_signing);
  certificate_pool ak_pool_ = pool(in_.anchors.ak_roots, in_.rules.require_ak_eku,
                                   crypto::eku::tpm_ak);
  certificate_pool psa_pool_ = pool(in_.anchors.psa_roots, false, {});
  item_appraisal items_{{metadata_pool_, status_pool_}, in_.now, in_.known, book_};
  silicon_memory silicon_{in_.known, in_.now};
  azure_machine azure_;
  std::vector<std::string> judged_; // evidence types
  report::attestation_result out_;
};

} // namespace

const report::collateral* find_collateral(const report::context& context, std::string_view type) {
  const auto at = std::ranges::find(context.collaterals, type, &report::collateral::type);
  return at != context.collaterals.end() ? &*at : nullptr;
}

report::attestation_result appraise(const inputs& in) {
  return appraisal{in}.run();
}

} // namespace troth::appraisal
