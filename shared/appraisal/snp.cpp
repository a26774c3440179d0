#include "shared/appraisal/snp.hpp"

#include "shared/appraisal/grace.hpp"
#include "shared/appraisal/snp_guest.hpp"
#include "shared/appraisal/snp_rules.hpp"
#include "shared/appraisal/snp_tcb.hpp"
#include "shared/base/hex.hpp"
#include "shared/endorsement/simulated.hpp"
#include "shared/endorsement/snp_chain.hpp"
#include "shared/endorsement/snp_vek.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>

namespace troth::appraisal {

namespace {

using endorsement::vek_extensions;
using evidence::snp::attestation_report;
using evidence::snp::product_line;
using evidence::snp::signing_key;
using report::snp_evidence;

/// A VEK that a root vouches for.
struct trusted_key {
  crypto::public_key key;
  vek_extensions extensions;
  std::optional<product_line> line; ///< Of the root.
};

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
      if (const auto key = trusted_vek(*parsed))
        authenticate(*std::move(parsed), *key);
    } else {
      book_.fail(rules::snp_format, snp_evidence, parsed.error(), "an SNP attestation report");
    }
    out_.summary = book_.conclude(first);
    return std::move(out_);
  }

private:
  std::optional<trusted_key> trusted_vek(const attestation_report& report) {
    const auto carried = certificates_for(report);
    const std::vector<byte_view> parts{carried.begin(), carried.end()};
    const auto key = silicon_key("vek", trust_.roots, trust_.root_keys, parts);
    auto known = in_.known != nullptr ? in_.known->find<proven_vek>(key) : nullptr;
    if (known) {
      book_.check(rules::snp_vek, snp_evidence, true);
      note_chain(known->path);
    } else if (auto proof = prove_vek(carried)) {
      known = std::make_shared<const proven_vek>(*std::move(proof));
      if (in_.known != nullptr)
        in_.known->note(key, *known);
    } else {
      return std::nullopt;
    }
    check_root(known->path);
    check_revocation(known->path, known->extensions.kind());
    return trusted_key{known->path.front().key(), known->extensions,
                       endorsement::product_of_root(known->path.back())};
  }

  std::optional<proven_vek> prove_vek(const std::vector<bytes>& der) {
    auto carried = read_certificates(der);
    if (!carried)
      return std::nullopt;
    const auto& vek = carried->front();
    auto extensions = endorsement::read_vek_extensions(vek);
    if (!extensions) {
      out_.signature.chain = book_.fail(rules::snp_vek, snp_evidence, extensions.error(),
                                        "a VCEK or VLEK certificate");
      return std::nullopt;
    }
    book_.check(rules::snp_vek, snp_evidence, true);
    proven_vek out{check_chain(*carried), *std::move(extensions), {}};
    if (out.path.empty())
      return std::nullopt;
    out.valid.narrow(out.path);
    return out;
  }

  /// The certificates that came along, the VEK's first; where none did, the verifier's own.
  std::vector<bytes> certificates_for(const attestation_report& report) {
    auto carried = find_collateral(in_.context.value(), in_.evidence.type)->certificates;
    if (carried.empty() && in_.statements != nullptr)
      carried = in_.statements->of_chip(report);
    return carried;
  }

  std::optional<std::vector<crypto::certificate>>
  read_certificates(const std::vector<bytes>& carried) {
    std::vector<crypto::certificate> out;
    std::optional<error> why;
    if (carried.empty())
      why = error{errc::missing, "certificates"};
    for (const auto& der : carried) {
      auto read = crypto::certificate::from_der(der);
      if (!read) {
        why = read.error();
        break;
      }
      out.push_back(*std::move(read));
    }
    if (!why)
      return out;
    out_.signature.chain = book_.fail(rules::snp_vek, snp_evidence, *why,
                                      "VCEK and ASK, or VLEK and ASVK");
    return std::nullopt;
  }

  std::vector<crypto::certificate> check_chain(std::span<const crypto::certificate> carried) {
    auto roots = endorsement::pinned_roots(carried, trust_.root_keys);
    roots.insert(roots.end(), trust_.roots.begin(), trust_.roots.end());
    std::vector<crypto::certificate> between;
    for (const auto& one : carried.subspan(1))
      if (!one.is_self_issued())
        between.push_back(one);
    auto path = endorsement::verify_vek_chain(carried.front(), between, roots, trust_.now);
    if (!path) {
      out_.signature.certificates = {{carried.front()}};
      out_.signature.chain = book_.fail(rules::snp_chain, snp_evidence, path.error(),
                                        "a chain to a root of AMD");
      return {};
    }
    note_chain(*path);
    return *std::move(path);
  }

  void note_chain(const std::vector<crypto::certificate>& path) {
    out_.signature.certificates = {path};
    out_.signature.chain = book_.check(rules::snp_chain, snp_evidence, true,
                                       {path.front().subject(), path.back().subject()});
  }

  void check_root(std::span<const crypto::certificate> path) {
    const auto& root = path.back();
    if (endorsement::is_simulated(root))
      book_.check(rules::evidence_simulated, snp_evidence, book_.rules().accept_simulated_evidence,
                  {"simulated silicon", "silicon", {}, "simulated: it proves nothing"});
    static const std::vector<std::string> none;
    const auto& fingerprints = root_ != nullptr ? root_->ca_fingerprints : none;
    const auto is_root = [&](const std::string& named) {
      const auto read = from_hex(named);
      return read && std::ranges::equal(*read, root.sha256().view());
    };
    book_.check(rules::snp_ca_fingerprint, snp_evidence, std::ranges::any_of(fingerprints, is_root),
                {hex(root.sha256().view()), "a fingerprint that the root manifest names"});
  }

  /// The root's lists, the newest first.
  std::vector<crypto::revocation_list> lists_of(const crypto::certificate& root, signing_key kind) {
    std::vector<crypto::revocation_list> out{trust_.revocation_lists.begin(),
                                             trust_.revocation_lists.end()};
    if (const auto line = endorsement::product_of_root(root); line && in_.statements != nullptr)
      std::ranges::move(in_.statements->lists_of(*line, kind), std::back_inserter(out));
    std::erase_if(out, [&](const auto& list) { return list.issuer() != root.subject(); });
    std::ranges::stable_sort(out, std::greater{}, &crypto::revocation_list::next_update);
    return out;
  }

  /// One good list is enough, unless another one revokes. Only the newest may be late.
  void check_revocation(std::span<const crypto::certificate> path, signing_key kind) {
    error why{errc::missing, "revocation list of " + path.back().subject()};
    bool is_newest = true;
    bool holds = false;
    for (const auto& list : lists_of(path.back(), kind)) {
      const auto until = is_newest ? list.next_update() : std::nullopt;
      const auto at = until ? judged_at(*until, trust_.now, snp_evidence, list.issuer(), book_)
                            : trust_.now;
      is_newest = false;
      const auto checked = endorsement::check_revocation(path, list, at);
      holds = holds || checked.has_value();
      if (checked)
        continue;
      why = checked.error();
      if (why.code == errc::untrusted) {
        holds = false;
        break;
      }
    }
    if (holds)
      book_.check(rules::snp_revocation, snp_evidence, true);
    else
      book_.fail(rules::snp_revocation, snp_evidence, why, "a list that does not name the chain");
  }

  void authenticate(attestation_report parsed, const trusted_key& by) {
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

  void check_key(const attestation_report& report, const trusted_key& by) {
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
                                            const trusted_key& by) {
    const auto said = report.processor ? evidence::snp::product_of(report.processor->family,
                                                                   report.processor->model)
                                       : by.line;
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
