#include "shared/appraisal/appraise.hpp"
#include "shared/evidence/sgx/encode.hpp"
#include "tests/support/minted_intel_guest.hpp"
#include "tests/support/minted_snp_guest.hpp"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <set>
#include <string>

using namespace troth;
using namespace troth::testing;
using namespace std::chrono_literals;
using device::intel_tee;
using evidence::sgx::certification_type;
using report::outcome;
using report::status;

namespace {

/// What a verifier holds, all of it in this object.
struct held final : appraisal::vendor_statements {
  std::optional<report::intel_collateral> intel;
  std::vector<bytes> pck;
  std::vector<bytes> chip;
  std::vector<bytes> issuers;
  std::vector<crypto::revocation_list> lists;
  std::vector<std::string> asked;

  std::optional<report::intel_collateral>
  of_platform(bool is_tdx, const endorsement::intel::pck_extension&) override {
    asked.emplace_back(is_tdx ? "TDX" : "SGX");
    return intel;
  }
  std::vector<bytes> pck_chain_of(const endorsement::intel::pck_identity&) override {
    asked.emplace_back("PCK");
    return pck;
  }
  std::vector<bytes> of_chip(const evidence::snp::attestation_report&) override {
    asked.emplace_back("chip");
    return chip;
  }
  std::vector<bytes> issuers_of(evidence::snp::product_line, evidence::snp::signing_key) override {
    asked.emplace_back("issuers");
    return issuers;
  }
  std::vector<crypto::revocation_list> lists_of(evidence::snp::product_line,
                                                evidence::snp::signing_key) override {
    asked.emplace_back("lists");
    return lists;
  }
};

template <class Guest>
report::attestation_result
appraise(const Guest& from, held& by, time_point now = minted_now, std::size_t grace_hours = 0) {
  auto anchors = from.anchors();
  if (!by.lists.empty())
    anchors.snp_revocation_lists.clear();
  auto rules = from.rules();
  rules.collateral_grace_hours = grace_hours;
  return appraisal::appraise(
    {from.report(), from.host.nonce, rules, anchors, now, nullptr, nullptr, nullptr, &by});
}

std::set<std::string> with(outcome says, const report::attestation_result& of) {
  std::set<std::string> out;
  for (const auto& finding : of.findings)
    if (finding.says == says)
      out.emplace(finding.rule);
  return out;
}

std::set<std::string> faults(const report::attestation_result& of) {
  return with(outcome::fail, of);
}

using rules_said = std::set<std::string>;

std::set<std::string> faults_by_code(const report::attestation_result& of) {
  std::set<std::string> out;
  for (const auto& finding : of.findings)
    if (finding.says == outcome::fail)
      out.emplace(std::string{finding.code} + '@' + std::string{finding.rule});
  return out;
}

/// A guest whose quotes name their PCK certificate and have none.
intel_guest naming_its_pck(intel_tee tee, certification_type type) {
  intel_guest out{tee};
  out.spoil_signature = [type, pck = out.platform.extension](evidence::sgx::signature_data& by) {
    evidence::sgx::encoder data;
    if (type == certification_type::ppid_plain)
      data.raw(pck.ppid);
    else
      data.raw(bytes(type == certification_type::ppid_rsa2048 ? 256 : 384, 0xe7));
    data.raw(pck.tcb.cpu_svn).number(pck.tcb.pce_svn, 2).raw(pck.pce_id);
    by.type = type;
    by.certification_data = std::move(data).take();
  };
  return out;
}

std::vector<bytes> pck_chain_of(const device::simulated_platform& of) {
  return {of.pck.certificate.der(), of.vendor.ca_of(of.extension).certificate.der(),
          of.vendor.root.certificate.der()};
}

} // namespace

TEST_SUITE_BEGIN("appraisal/held_collateral");

TEST_CASE("a quote that came without collateral is judged by what the verifier holds") {
  for (const auto tee : {intel_tee::sgx, intel_tee::tdx}) {
    intel_guest guest{tee};
    guest.has_collateral = false;
    held nothing;
    CHECK(faults(appraise(guest, nothing)) == rules_said{"intel.collateral"});
    CHECK(nothing.asked == std::vector<std::string>{tee == intel_tee::tdx ? "TDX" : "SGX"});
    held all;
    all.intel = minted(guest.platform.collateral());
    CHECK((appraise(guest, all).summary.says == status::success));
  }
}

TEST_CASE("what the verifier holds is verified like what came along") {
  intel_guest guest{intel_tee::tdx};
  guest.has_collateral = false;
  held forged;
  forged.intel = minted(guest.platform.collateral());
  forged.intel->tcb_info.at(20) ^= 1;
  CHECK_FALSE(faults(appraise(guest, forged)).empty());
  held others;
  others.intel = minted(intel_guest{intel_tee::tdx}.platform.collateral());
  const auto said = faults(appraise(guest, others));
  CHECK(said.contains("intel.tcb_info_chain"));
  CHECK(said.contains("intel.root_crl"));
  guest.revoked = {};
  held revoking;
  revoking.intel = minted(guest.platform.collateral({{1}}));
  CHECK(faults(appraise(guest, revoking)).empty());
}

TEST_CASE(
  "a quote that only names its PCK certificate is judged by the one that the verifier holds") {
  for (const auto tee : {intel_tee::sgx, intel_tee::tdx})
    for (const auto type : {certification_type::ppid_plain, certification_type::ppid_rsa2048,
                            certification_type::ppid_rsa3072}) {
      auto guest = naming_its_pck(tee, type);
      held nothing;
      CHECK(faults(appraise(guest, nothing)) == rules_said{"intel.pck"});
      CHECK(nothing.asked == std::vector<std::string>{"PCK"});
      held all;
      all.pck = pck_chain_of(guest.platform);
      CHECK((appraise(guest, all).summary.says == status::success));
      CHECK(all.asked == nothing.asked);
    }
}

TEST_CASE("X03: a PCK certificate that a quote names is of that platform, TCB and PCE") {
  const auto said = [](auto change, certification_type type = certification_type::ppid_plain) {
    auto guest = naming_its_pck(intel_tee::sgx, type);
    guest.spoil_signature = [change, before = guest.spoil_signature](auto& by) {
      before(by);
      change(by.certification_data);
    };
    held all;
    all.pck = pck_chain_of(guest.platform);
    return faults_by_code(appraise(guest, all));
  };
  const rules_said another{"conflict@intel.pck_identity"};
  for (const std::size_t at : {0UL, 15UL, 16UL, 31UL, 32UL, 33UL, 34UL, 35UL})
    CHECK(said([at](bytes& data) { data.at(at) ^= 1; }) == another);
  for (const std::size_t at : {384UL, 399UL, 400UL, 402UL})
    CHECK(said([at](bytes& data) { data.at(at) ^= 1; }, certification_type::ppid_rsa3072)
          == another);
  CHECK(said([](bytes& data) { data.pop_back(); }) == rules_said{"truncated@intel.pck"});
  CHECK(said([](bytes& data) { data.push_back(0); }) == rules_said{"trailing@intel.pck"});
  CHECK(said([](bytes& data) { data.resize(34); }).empty()); // no PCE-ID: Intel's own sample
  CHECK(said([](bytes& data) { data.at(0) ^= 1; }, certification_type::ppid_rsa3072).empty());
}

TEST_CASE("X03: the certificate of another platform of the same TCB did not sign the QE's report") {
  const auto guest = naming_its_pck(intel_tee::sgx, certification_type::ppid_rsa3072);
  auto other = guest.platform;
  other.pck = minted(other.vendor.make_pck(other.extension, minted_from, minted_until));
  held all;
  all.pck = pck_chain_of(other);
  CHECK(faults_by_code(appraise(guest, all)) == rules_said{"bad_signature@intel.qe_report"});
}

TEST_CASE("nobody is asked for the collateral of a quote that has some, or that nobody certified") {
  const intel_guest guest{intel_tee::sgx};
  held all;
  CHECK(faults(appraise(guest, all)).empty());
  CHECK(all.asked.empty());
  intel_guest forged{intel_tee::sgx};
  forged.has_collateral = false;
  forged.platform.vendor = minted(device::simulated_intel::make(minted_from, minted_until));
  auto anchors = guest.anchors();
  const auto rules = forged.rules();
  (void)appraisal::appraise({forged.report(), forged.host.nonce, rules, anchors, minted_now,
                             nullptr, nullptr, nullptr, &all});
  CHECK(all.asked.empty());
}

TEST_CASE("a key whose host hands out its certificate alone is judged by its issuers as held") {
  for (const auto is_vlek : {false, true}) {
    CAPTURE(is_vlek);
    snp_guest guest;
    if (is_vlek)
      guest.chip.use_vlek();
    const auto& vendor = guest.chip.vendor();
    guest.vek = guest.chip.vek();
    guest.carried = {guest.vek->certificate};
    auto rules = guest.rules();
    rules.snp.csp_ids = {"CN=cc.example.com"};
    const auto judged = [&](held& by) {
      const auto anchors = guest.anchors();
      return appraisal::appraise({guest.report(), guest.host.nonce, rules, anchors, minted_now,
                                  nullptr, nullptr, nullptr, &by});
    };
    held nothing;
    CHECK(faults(judged(nothing)) == rules_said{"snp.chain"});
    CHECK(nothing.asked.front() == "issuers");
    held all;
    all.issuers = {(is_vlek ? vendor.asvk : vendor.ask).certificate.der(),
                   vendor.ark.certificate.der()};
    CHECK(faults(judged(all)).empty());
    held wrong; // those of the other key
    wrong.issuers = {(is_vlek ? vendor.ask : vendor.asvk).certificate.der(),
                     vendor.ark.certificate.der()};
    CHECK(faults(judged(wrong)) == rules_said{"snp.chain"});
  }
}

TEST_CASE("a report that came without certificates is judged by those the verifier holds") {
  snp_guest guest;
  guest.vek = guest.chip.vek();
  guest.has_certificates = false;
  held nothing;
  CHECK(faults(appraise(guest, nothing)) == rules_said{"snp.vek"});
  held all;
  const auto& vendor = guest.chip.vendor();
  all.chip = {guest.vek->certificate.der(), vendor.ask.certificate.der(),
              vendor.ark.certificate.der()};
  CHECK((appraise(guest, all).summary.says == status::success));
  all.lists = guest.anchors().snp_revocation_lists;
  CHECK((appraise(guest, all).summary.says == status::success)); // and no list is configured
}

TEST_CASE("what is over counts only while the policy bears with it, and the result says so") {
  for (const auto tee : {intel_tee::sgx, intel_tee::tdx}) {
    intel_guest guest{tee};
    guest.platform.tcb_info.next_update = minted_now - 1h;
    guest.platform.lists_until = minted_now - 2h;
    held nothing;
    CHECK(faults(appraise(guest, nothing))
          == rules_said{"intel.tcb_info_validity", "intel.root_crl", "intel.pck_crl"});
    CHECK(faults(appraise(guest, nothing, minted_now, 2))
          == rules_said{"intel.root_crl", "intel.pck_crl"});
    const auto late = appraise(guest, nothing, minted_now, 3);
    CHECK(faults(late).empty());
    CHECK((late.summary.says == status::warn));
    CHECK(with(outcome::warn, late) == rules_said{"collateral.stale"});
  }
  snp_guest guest;
  guest.list_until = minted_now - 1h;
  held nothing;
  CHECK(faults(appraise(guest, nothing, minted_now, 1)) == rules_said{"snp.revocation"});
  const auto late = appraise(guest, nothing, minted_now, 2);
  CHECK(faults(late).empty());
  CHECK(with(outcome::warn, late) == rules_said{"collateral.stale"});
}

TEST_CASE("what the policy bears with is lateness alone") {
  intel_guest guest{intel_tee::sgx};
  guest.platform.tcb_info.issue_date = minted_now + 1s;
  held nothing;
  CHECK(faults(appraise(guest, nothing, minted_now, 8'760))
        == rules_said{"intel.tcb_info_validity"});
}

TEST_SUITE_END();
