#include "shared/appraisal/snp_signer.hpp"

#include "shared/appraisal/grace.hpp"
#include "shared/appraisal/snp_rules.hpp"
#include "shared/base/hex.hpp"
#include "shared/endorsement/simulated.hpp"
#include "shared/endorsement/snp_chain.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

namespace troth::appraisal {

namespace {

using evidence::snp::attestation_report;
using evidence::snp::signing_key;
using report::snp_evidence;

class vek_check {
public:
  vek_check(const evidence_inputs& in, const snp_trust& trust, const report::manifest* root,
            ledger& book, report::signature_result& out)
    : in_(in), trust_(trust), root_(root), book_(book), out_(out) {
    // nop
  }

  std::optional<snp_signer> run(const attestation_report& report) {
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
    return snp_signer{known->path.front().key(), known->extensions,
                      endorsement::product_of_root(known->path.back())};
  }

private:
  std::optional<proven_vek> prove_vek(const std::vector<bytes>& der) {
    auto carried = read_certificates(der);
    if (!carried)
      return std::nullopt;
    const auto& vek = carried->front();
    auto extensions = endorsement::read_vek_extensions(vek);
    if (!extensions) {
      out_.chain = book_.fail(rules::snp_vek, snp_evidence, extensions.error(),
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

  /// The certificates that came along, the VEK's first; where none did, the verifier's own. A host
  /// may hand out the key's alone: AMD has no VLEK, but who issues it.
  std::vector<bytes> certificates_for(const attestation_report& report) {
    auto carried = find_collateral(in_.context.value(), in_.evidence.type)->certificates;
    if (in_.statements == nullptr)
      return carried;
    if (carried.empty())
      return in_.statements->of_chip(report);
    const auto line = product_of(report);
    if (carried.size() == 1 && line) {
      const auto kind = report.is_signed_by(signing_key::vlek) ? signing_key::vlek
                                                               : signing_key::vcek;
      std::ranges::copy(in_.statements->issuers_of(*line, kind), std::back_inserter(carried));
    }
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
    out_.chain = book_.fail(rules::snp_vek, snp_evidence, *why, "VCEK and ASK, or VLEK and ASVK");
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
      out_.certificates = {{carried.front()}};
      out_.chain = book_.fail(rules::snp_chain, snp_evidence, path.error(),
                              "a chain to a root of AMD");
      return {};
    }
    note_chain(*path);
    return *std::move(path);
  }

  void note_chain(const std::vector<crypto::certificate>& path) {
    out_.certificates = {path};
    out_.chain = book_.check(rules::snp_chain, snp_evidence, true,
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

  const evidence_inputs& in_;
  const snp_trust& trust_;
  const report::manifest* root_;
  ledger& book_;
  report::signature_result& out_;
};

} // namespace

std::optional<snp_signer> check_snp_signer(const evidence_inputs& in,
                                           const attestation_report& report, const snp_trust& trust,
                                           const report::manifest* root, ledger& book,
                                           report::signature_result& out) {
  return vek_check{in, trust, root, book, out}.run(report);
}

} // namespace troth::appraisal
