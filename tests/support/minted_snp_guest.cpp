#include "tests/support/minted_snp_guest.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"

#include <algorithm>

namespace troth::testing {

snp_guest::snp_guest(evidence::snp::product_line line) : chip(line), host(0) {
  for (auto& manifest : host.manifests)
    manifest.components.clear();
  auto& root = host.manifests[0];
  report::component image;
  image.type = "firmware";
  image.name = "OVMF";
  image.hashes = {*digest::from(hash_algorithm::sha384, chip.report.measurement)};
  image.properties = {{std::string{report::property_trust_anchor}, "SNP"}};
  root.components = {image};
  root.ca_fingerprints = {hex(chip.vendor().ark.certificate.sha256().view())};
  auto& policy = root.snp.emplace();
  policy.report_min_version = 2;
  policy.report_max_version = 5;
  policy.guest.type = "SNP Policy";
  policy.guest.smt = true;
  const auto& tcb = chip.extensions.tcb;
  policy.versions = {{std::string{name(line)},
                      {21, 1, 55},
                      {tcb.fmc, tcb.boot_loader, tcb.tee, tcb.snp, tcb.microcode}}};
}

endorsement::trust_anchors snp_guest::anchors() const {
  auto out = host.anchors();
  out.snp_roots = {chip.vendor().ark.certificate};
  crypto::revocation_content list;
  list.serials = revoked;
  list.this_update = list_from;
  list.next_update = list_until;
  const auto& ark = chip.vendor().ark;
  out.snp_revocation_lists = {minted(crypto::revocation_list::from_der(
    minted(crypto::issue_revocation_list(list, ark.certificate, ark.key))))};
  return out;
}

bytes snp_guest::report() const {
  const auto key = vek ? *vek : chip.vek();
  auto guest = host;
  guest.spoil_context = [&](report::context& context) {
    report::collateral collateral;
    collateral.type = report::snp_evidence;
    if (carried.empty() && has_certificates) {
      const auto& vendor = chip.vendor();
      const auto& issuer = chip.extensions.csp_id ? vendor.asvk : vendor.ask;
      for (const auto* one : {&key.certificate, &issuer.certificate, &vendor.ark.certificate})
        collateral.certificates.push_back(one->der());
    }
    for (const auto& one : carried)
      collateral.certificates.push_back(one.der());
    context.collaterals = {collateral};
  };
  guest.spoil_report = [&](report::report& out) {
    auto said = chip.report;
    std::ranges::copy(crypto::hash(hash_algorithm::sha256, out.context_bytes).view(),
                      said.report_data.begin());
    if (spoil_report)
      spoil_report(said);
    auto body = minted(device::sign_report(said, key.key));
    if (spoil_bytes)
      spoil_bytes(body);
    out.evidences = {{std::string{report::snp_evidence}, body, {}, {}}};
  };
  return guest.report();
}

appraisal::policy snp_guest::rules() {
  appraisal::policy out;
  out.required_evidence = {std::string{report::snp_evidence}};
  out.required_pcrs.clear();
  out.accept_simulated_evidence = true;
  return out;
}

} // namespace troth::testing
