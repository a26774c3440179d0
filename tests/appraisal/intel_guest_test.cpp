#include "shared/appraisal/appraise.hpp"
#include "shared/base/hex.hpp"
#include "shared/evidence/sgx/encode.hpp"
#include "tests/support/minted_intel_guest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>

using namespace troth;
using namespace troth::testing;
using device::intel_tee;
using report::status;

namespace {

using codes = std::set<std::string>;

report::attestation_result appraise(const intel_guest& from, time_point now = minted_now) {
  const auto anchors = from.anchors();
  const auto rules = from.rules();
  return appraisal::appraise({from.report(), from.host.nonce, rules, anchors, now});
}

codes faults(const report::attestation_result& result) {
  codes out;
  for (const auto& finding : result.findings)
    if (finding.says == report::outcome::fail) {
      CHECK_MESSAGE(!finding.got.empty(), finding.code);
      CHECK_MESSAGE(!finding.expected.empty(), finding.code);
      out.insert(std::string{finding.rule == finding.code ? "" : finding.code + "@"}
                 + std::string{finding.rule});
    }
  return out;
}

/// What is wrong with a guest of which one thing was changed, and nothing else.
codes faults_after(intel_tee tee, const std::function<void(intel_guest&)>& change) {
  intel_guest victim{tee};
  change(victim);
  const auto result = appraise(victim);
  CHECK((result.summary.says == status::success) == faults(result).empty());
  return faults(result);
}

struct lie {
  std::string what;
  std::function<void(intel_guest&)> tell;
  codes expected;
};

void check(intel_tee tee, const std::vector<lie>& lies) {
  for (const auto& [what, tell, expected] : lies) {
    CAPTURE(what);
    CHECK(faults_after(tee, tell) == expected);
  }
}

void check_both(const std::vector<lie>& lies) {
  check(intel_tee::sgx, lies);
  check(intel_tee::tdx, lies);
}

bytes serial_of(const crypto::certificate& of) {
  const auto text = of.serial();
  return minted(from_hex(text.size() % 2 == 0 ? text : '0' + text));
}

std::string replaced(const bytes& in, const std::string& from, const std::string& to) {
  auto text = to_text(in);
  return text.replace(text.find(from), from.size(), to);
}

namespace attribute = evidence::sgx::attribute;
namespace td_attribute = evidence::tdx::td_attribute;
using endorsement::intel::tcb_status;

} // namespace

TEST_SUITE_BEGIN("appraisal/intel");

TEST_CASE("an enclave and a trust domain in good order are affirmed, in both encodings") {
  for (const auto tee : {intel_tee::sgx, intel_tee::tdx})
    for (const auto as : {report::encoding::cbor, report::encoding::json}) {
      intel_guest good{tee};
      good.host.as = as;
      const auto result = appraise(good);
      CHECK(faults(result) == codes{});
      CHECK(result.summary.says == status::success);
    }
}

TEST_CASE("a result tells status, date and what the platform would need") {
  intel_guest old{intel_tee::tdx};
  old.platform.extension.tcb.components[4] = 3;
  old.certify();
  const auto result = appraise(old);
  CHECK(faults(result) == codes{"intel.tcb_status"});
  const auto& level = result.measurements.at(0).tdx.value().tcb_info.level;
  CHECK(level.status == "OutOfDate");
  CHECK(level.date == format_time(minted_from));
  const auto at = std::ranges::find(result.findings, "intel.tcb_status", &report::finding::rule);
  REQUIRE(at != result.findings.end());
  CHECK(at->detail.find("INTEL-SA-00001") != std::string::npos);
  CHECK(at->detail.find("SGX component 5 is 3, must be 4") != std::string::npos);
  const auto text = to_text(write_result(result, report::encoding::json));
  CHECK(text.find(R"("tdxResult":{"quoteVersionMatch":{"status":"success")") != std::string::npos);
}

TEST_CASE("a trust domain of TDX 1.5 is affirmed if the policy asks for quotes of version 5") {
  CHECK(faults_after(intel_tee::tdx,
                     [](auto& g) {
                       g.domain.added.emplace();
                       g.root().tdx->quote_version = 5;
                     })
        == codes{});
}

TEST_CASE("a played vendor is refused unless the policy takes one, and its root unless given") {
  const intel_guest played{intel_tee::sgx};
  auto rules = played.rules();
  auto anchors = played.anchors();
  rules.accept_simulated_evidence = false;
  CHECK(
    faults(appraisal::appraise({played.report(), played.host.nonce, rules, anchors, minted_now}))
    == codes{"evidence.simulated"});
  anchors.intel_roots.clear();
  CHECK(
    faults(appraisal::appraise({played.report(), played.host.nonce, rules, anchors, minted_now}))
    == codes{"untrusted@intel.pck_chain"});
}

TEST_CASE("X01: an enclave whose attributes are not those that are wanted is refused") {
  check(intel_tee::sgx,
        {
          {"debug", [](auto& g) { g.enclave.flags |= attribute::debug; }, {"sgx.debug"}},
          {"no init", [](auto& g) { g.enclave.flags &= ~attribute::init; }, {"sgx.init"}},
          {"32 bit", [](auto& g) { g.enclave.flags &= ~attribute::mode64bit; }, {"sgx.mode64"}},
          {"provision key",
           [](auto& g) { g.enclave.flags |= attribute::provision_key; },
           {"sgx.provision_key"}},
          {"EINITTOKEN key",
           [](auto& g) { g.enclave.flags |= attribute::einittoken_key; },
           {"sgx.einittoken_key"}},
          {"KSS", [](auto& g) { g.enclave.flags |= attribute::kss; }, {"sgx.kss"}},
          {"reserved bit 3", [](auto& g) { g.enclave.flags |= 8; }, {"sgx.attributes_reserved"}},
          {"reserved bit 63",
           [](auto& g) { g.enclave.flags |= 1ULL << 63; },
           {"sgx.attributes_reserved"}},
          {"no SSE", [](auto& g) { g.enclave.xfrm = 1; }, {"sgx.xfrm"}},
          {"unknown XFRM bit", [](auto& g) { g.enclave.xfrm |= 1ULL << 40; }, {"sgx.xfrm"}},
          {"no AVX where wanted",
           [](auto& g) {
             g.enclave.xfrm = 3;
             g.root().sgx->attributes.avx = true;
           },
           {"sgx.xfrm"}},
          {"MISCSELECT", [](auto& g) { g.enclave.misc_select = 1; }, {"sgx.misc_select"}},
        });
}

TEST_CASE("X01: a trust domain whose attributes are not those that are wanted is refused") {
  check(
    intel_tee::tdx,
    {
      {"debug", [](auto& g) { g.domain.td_attributes |= 1; }, {"tdx.debug"}},
      {"any bit of TUD", [](auto& g) { g.domain.td_attributes |= 0x80; }, {"tdx.debug"}},
      {"no SEPT_VE_DISABLE", [](auto& g) { g.domain.td_attributes = 0; }, {"tdx.sept_ve_disable"}},
      {"PKS", [](auto& g) { g.domain.td_attributes |= td_attribute::pks; }, {"tdx.pks"}},
      {"KL", [](auto& g) { g.domain.td_attributes |= td_attribute::kl; }, {"tdx.kl"}},
      {"reserved bit 8",
       [](auto& g) { g.domain.td_attributes |= 0x100; },
       {"tdx.attributes_reserved"}},
      {"XFAM", [](auto& g) { g.domain.xfam ^= 0x200; }, {"tdx.xfam"}},
    });
}

TEST_CASE("X02: an enclave of another identity is refused") {
  check(intel_tee::sgx,
        {
          {"MRENCLAVE", [](auto& g) { g.enclave.mr_enclave[31] ^= 1; }, {"sgx.mr_enclave"}},
          {"MRSIGNER", [](auto& g) { g.enclave.mr_signer[0] ^= 1; }, {"sgx.mr_signer"}},
          {"lower ISVSVN", [](auto& g) { --g.enclave.isv_svn; }, {"sgx.isv_svn"}},
          {"CONFIGID", [](auto& g) { g.enclave.config_id[63] = 1; }, {"sgx.config_id"}},
          {"no reference value", [](auto& g) { g.root().components.clear(); }, {"sgx.reference"}},
          {"no policy", [](auto& g) { g.root().sgx = {}; }, {"sgx.policy"}},
          {"quote version", [](auto& g) { g.root().sgx->quote_version = 4; }, {"sgx.version"}},
        });
  CHECK(faults_after(intel_tee::sgx, [](auto& g) { ++g.enclave.isv_svn; }) == codes{});
  const intel_guest other{intel_tee::sgx};
  auto rules = other.rules();
  rules.intel.isv_prod_id = 2;
  const auto anchors = other.anchors();
  CHECK(faults(appraisal::appraise({other.report(), other.host.nonce, rules, anchors, minted_now}))
        == codes{"sgx.isv_prod_id"});
}

TEST_CASE("X03: a quote whose signatures do not hang together is refused") {
  check_both({
    {"signature",
     [](auto& g) { g.spoil_signature = [](auto& by) { by.signature[5] ^= 1; }; },
     {"bad_signature@intel.signature"}},
    {"signature of zeros",
     [](auto& g) { g.spoil_signature = [](auto& by) { by.signature.fill(0); }; },
     {"bad_signature@intel.signature"}},
    {"report data",
     [](auto& g) { g.spoil_bytes = [](bytes& q) { q[48 + 320] ^= 1; }; },
     {"bad_signature@intel.signature"}},
    {"QE report",
     [](auto& g) {
       g.spoil_signature = [](auto& by) {
         by.qe_report.isv_svn += 1;
         by.qe_report_bytes = encode(by.qe_report);
       };
     },
     {"bad_signature@intel.qe_report"}},
    {"QE authentication data",
     [](auto& g) { g.spoil_signature = [](auto& by) { by.qe_auth_data[0] ^= 1; }; },
     {"bad_signature@intel.attestation_key"}},
    {"attestation key of another platform",
     [](auto& g) {
       const auto other = minted(crypto::private_key::generate(crypto::key_kind::p256));
       const auto point = other.public_half().ec_point();
       g.spoil_signature = [=](auto& by) {
         std::copy(point.begin() + 1, point.end(), by.attestation_key.begin());
       };
     },
     {"bad_signature@intel.attestation_key"}},
    {"PCK of another platform",
     [](auto& g) {
       const auto other
         = minted(g.platform.vendor.make_pck(g.platform.extension, minted_from, minted_until));
       g.platform.pck.certificate = other.certificate;
     },
     {"bad_signature@intel.qe_report"}},
    {"QE of another vendor",
     [](auto& g) { g.spoil_header = [](auto& h) { h.qe_vendor_id[0] ^= 1; }; },
     {"intel.qe_vendor"}},
  });
}

TEST_CASE("X04: a QE identity that is not Intel's word on this enclave is refused") {
  check_both({
    {"unsigned",
     [](auto& g) {
       g.spoil_collateral = [](auto& c) {
         c.qe_identity = to_bytes(replaced(c.qe_identity, R"("isvprodid")", R"( "isvprodid")"));
       };
     },
     {"bad_signature@intel.qe_identity_signature"}},
    {"expired",
     [](auto& g) { g.platform.identity.next_update = minted_now; },
     {"intel.qe_identity_validity"}},
    {"of the future",
     [](auto& g) { g.platform.identity.issue_date = minted_now + std::chrono::seconds{1}; },
     {"intel.qe_identity_validity"}},
    {"of another enclave",
     [](auto& g) { g.platform.identity.id = "QVE"; },
     {"intel.qe_identity_id"}},
    {"of the other TEE",
     [](auto& g) { g.platform.identity.id = g.is_sgx() ? "TD_QE" : "QE"; },
     {"intel.qe_identity_id"}},
    {"MRSIGNER", [](auto& g) { g.platform.qe.mr_signer[0] ^= 1; }, {"intel.qe"}},
    {"ISVPRODID", [](auto& g) { ++g.platform.qe.isv_prod_id; }, {"intel.qe"}},
    {"MISCSELECT", [](auto& g) { g.platform.qe.misc_select = 1; }, {"intel.qe"}},
    {"debug", [](auto& g) { g.platform.qe.flags |= attribute::debug; }, {"intel.qe"}},
    {"ISVSVN below every level", [](auto& g) { --g.platform.qe.isv_svn; }, {"intel.tcb_level"}},
    {"signed by a PCK",
     [](auto& g) {
       const auto pck = g.platform.pck.certificate.der();
       g.spoil_collateral = [=](auto& c) { c.qe_identity_intermediate_certificate = pck; };
     },
     {"untrusted@intel.qe_identity_chain"}},
  });
}

TEST_CASE("X05: TCB info that is not Intel's current word on this platform is refused") {
  check_both({
    {"re-serialised",
     [](auto& g) {
       g.spoil_collateral = [](auto& c) {
         c.tcb_info = to_bytes(replaced(c.tcb_info, R"("tcbType":0)", R"("tcbType": 0)"));
       };
     },
     {"bad_signature@intel.tcb_info_signature"}},
    {"member twice",
     [](auto& g) {
       g.spoil_collateral = [](auto& c) {
         c.tcb_info
           = to_bytes(replaced(c.tcb_info, R"("tcbType":0)", R"("tcbType":0,"tcbType":0)"));
       };
     },
     {"malformed@intel.tcb_info"}},
    {"other FMSPC", [](auto& g) { g.platform.tcb_info.fmspc[0] ^= 1; }, {"intel.fmspc"}},
    {"other PCE-ID", [](auto& g) { g.platform.tcb_info.pce_id[0] ^= 1; }, {"intel.pce_id"}},
    {"expired",
     [](auto& g) { g.platform.tcb_info.next_update = minted_now; },
     {"intel.tcb_info_validity"}},
    {"of the future",
     [](auto& g) { g.platform.tcb_info.issue_date = minted_now + std::chrono::seconds{1}; },
     {"intel.tcb_info_validity"}},
    {"unknown version",
     [](auto& g) { g.platform.tcb_info.version = 4; },
     {"unsupported@intel.tcb_info"}},
    {"unknown id", [](auto& g) { g.platform.tcb_info.id = "TDY"; }, {"unsupported@intel.tcb_info"}},
  });
  check(intel_tee::tdx, {{"for SGX",
                          [](auto& g) {
                            g.platform.tcb_info.id = "SGX";
                            g.platform.tcb_info.module.reset();
                            g.platform.tcb_info.identities.clear();
                          },
                          {"intel.tcb_info_id", "intel.tcb_level", "tdx.module"}}});
  const intel_guest old{intel_tee::sgx};
  auto rules = old.rules();
  rules.intel.minimum_evaluation_number = old.platform.tcb_info.evaluation_number + 1;
  const auto anchors = old.anchors();
  CHECK(faults(appraisal::appraise({old.report(), old.host.nonce, rules, anchors, minted_now}))
        == codes{"intel.evaluation_number"});
}

TEST_CASE("X06: the first level that fits decides, and only an accepted status passes") {
  for (const auto status :
       {tcb_status::out_of_date, tcb_status::out_of_date_configuration_needed,
        tcb_status::configuration_needed, tcb_status::configuration_and_sw_hardening_needed,
        tcb_status::sw_hardening_needed}) {
    const auto rate = [=](auto& g) { g.platform.tcb_info.levels[0].rating.status = status; };
    check_both({{std::string{name(status)}, rate, {"intel.tcb_status"}},
                {"accepted by the manifest alone",
                 [=](auto& g) {
                   rate(g);
                   const std::vector<std::string> all{"UpToDate", std::string{name(status)}};
                   (g.is_sgx() ? g.root().sgx->accepted_tcb_statuses
                               : g.root().tdx->accepted_tcb_statuses)
                     = all;
                 },
                 {"intel.tcb_status"}}});
  }
  check_both({
    {"a good level behind a bad one",
     [](auto& g) {
       auto& levels = g.platform.tcb_info.levels;
       levels.insert(levels.begin(), levels[0]);
       levels[0].rating.status = tcb_status::out_of_date;
     },
     {"intel.tcb_status"}},
    {"revoked",
     [](auto& g) { g.platform.tcb_info.levels[0].rating.status = tcb_status::revoked; },
     {"intel.tcb_revoked", "intel.tcb_status"}},
    {"QE out of date",
     [](auto& g) { g.platform.identity.levels[0].rating.status = tcb_status::out_of_date; },
     {"intel.tcb_status"}},
    {"QE revoked",
     [](auto& g) { g.platform.identity.levels[0].rating.status = tcb_status::revoked; },
     {"intel.tcb_revoked", "intel.tcb_status"}},
  });
  intel_guest both{intel_tee::sgx};
  both.platform.tcb_info.levels[0].rating
    = {tcb_status::sw_hardening_needed, minted_from, {"INTEL-SA-00334"}};
  both.root().sgx->accepted_tcb_statuses = {"SWHardeningNeeded"};
  auto rules = both.rules();
  rules.intel.accepted_tcb_statuses = {"SWHardeningNeeded"};
  const auto anchors = both.anchors();
  const auto judge = [&] {
    return faults(
      appraisal::appraise({both.report(), both.host.nonce, rules, anchors, minted_now}));
  };
  CHECK(judge() == codes{});
  rules.intel.refused_advisories = {"INTEL-SA-00334"};
  CHECK(judge() == codes{"intel.advisory"});
}

TEST_CASE("X06: a TD that runs on the newest module and was launched on an older is told so") {
  const auto old_module = [](auto& g) {
    g.domain.tee_tcb_svn[0] = 2;
    g.domain.added.emplace().tee_tcb_svn2 = {5, 1, 8};
    g.root().tdx->quote_version = 5;
  };
  intel_guest relaunch{intel_tee::tdx};
  old_module(relaunch);
  const auto result = appraise(relaunch);
  CHECK(faults(result) == codes{"intel.tcb_status"});
  CHECK(result.measurements.at(0).tdx.value().tcb_info.level.status == "TDRelaunchAdvised");
  relaunch.domain.added->tee_tcb_svn2 = {2, 1, 8};
  CHECK(appraise(relaunch).measurements.at(0).tdx.value().tcb_info.level.status == "OutOfDate");
}

TEST_CASE("X07: TCB info with arrays or SVNs that cannot be is refused, and no match is none") {
  const auto edit = [](std::string from, std::string to) {
    return [=](intel_guest& g) {
      const auto key = g.platform.vendor.tcb_signer.key;
      auto body = device::write_tcb_info(g.platform.tcb_info);
      body.replace(body.find(from), from.size(), to);
      const auto text = minted(device::sign_statement("tcbInfo", body, key));
      g.spoil_collateral = [=](auto& c) { c.tcb_info = to_bytes(text); };
    };
  };
  const std::string first = R"("sgxtcbcomponents":[{"svn":8},)";
  const std::string front = R"("sgxtcbcomponents":[)";
  check_both({
    {"15 components", edit(first, front), {"malformed@intel.tcb_info"}},
    {"17 components", edit(first, first + R"({"svn":8},)"), {"too_large@intel.tcb_info"}},
    {"negative SVN", edit(first, front + R"({"svn":-1},)"), {"malformed@intel.tcb_info"}},
    {"SVN 256", edit(first, front + R"({"svn":256},)"), {"too_large@intel.tcb_info"}},
    {"PCESVN 65536", edit(R"("pcesvn":11)", R"("pcesvn":65536)"), {"too_large@intel.tcb_info"}},
    {"unknown status",
     edit(R"("tcbStatus":"UpToDate")", R"("tcbStatus":"uptodate")"),
     {"malformed@intel.tcb_info"}},
    {"no level matches",
     [](auto& g) {
       g.platform.extension.tcb.pce_svn = 4;
       g.certify();
     },
     {"intel.tcb_level"}},
  });
}

TEST_CASE("X08: a PCK that is revoked, misissued or without a root of ours is refused") {
  check_both({
    {"PCK revoked",
     [](auto& g) { g.revoked = {serial_of(g.platform.pck.certificate)}; },
     {"untrusted@intel.pck_crl"}},
    {"CA revoked",
     [](auto& g) { g.revoked = {serial_of(g.platform.vendor.platform_ca.certificate)}; },
     {"untrusted@intel.root_crl"}},
    {"TCB signer revoked",
     [](auto& g) { g.revoked = {serial_of(g.platform.vendor.tcb_signer.certificate)}; },
     {"untrusted@intel.root_crl"}},
    {"no SGX extension",
     [](auto& g) { g.platform.pck = g.platform.vendor.tcb_signer; },
     {"missing@intel.pck"}},
    {"CA for other platforms",
     [](auto& g) {
       auto said = g.platform.extension;
       said.platform_instance_id.reset();
       auto what = leaf_content("Intel SGX PCK Certificate");
       what.more = {{std::string{endorsement::intel::sgx_extension_oid}, false,
                     device::write_pck_extension(said)}};
       const auto& ca = g.platform.vendor.platform_ca;
       g.platform.pck.certificate
         = minted(crypto::issue(what, g.platform.pck.key.public_half(), ca.certificate, ca.key));
     },
     {"untrusted@intel.pck_ca"}},
    {"no PCK list",
     [](auto& g) { g.spoil_collateral = [](auto& c) { c.pck_crl.clear(); }; },
     {"malformed@intel.pck_crl"}},
    {"lists that are over",
     [](auto& g) { g.platform.lists_until = minted_now; },
     {"expired@intel.root_crl", "expired@intel.pck_crl"}},
    {"lists that are not yet good",
     [](auto& g) { g.platform.lists_from = minted_now + std::chrono::seconds{1}; },
     {"expired@intel.root_crl", "expired@intel.pck_crl"}},
    {"list that another root signed",
     [](auto& g) {
       const auto other = minted(device::simulated_intel::make(minted_from, minted_until));
       crypto::revocation_content list;
       list.this_update = minted_from;
       list.next_update = minted_until;
       const auto der
         = minted(crypto::issue_revocation_list(list, other.root.certificate, other.root.key));
       g.spoil_collateral = [=](auto& c) { c.root_ca_crl = der; };
     },
     {"bad_signature@intel.root_crl"}},
    {"list of another CA",
     [](auto& g) { g.spoil_collateral = [](auto& c) { c.pck_crl = c.root_ca_crl; }; },
     {"untrusted@intel.pck_crl"}},
    {"garbage behind the chain",
     [](auto& g) { g.spoil_signature = [](auto& by) { by.certification_data.push_back('x'); }; },
     {"malformed@intel.pck"}},
    {"root that the manifest does not name",
     [](auto& g) { g.root().ca_fingerprints = {std::string(64, 'a')}; },
     {"intel.ca_fingerprint"}},
    {"no collateral",
     [](auto& g) { g.spoil_collateral = [](auto& c) { c = {}; }; },
     {"truncated@intel.qe_identity", "truncated@intel.tcb_info", "malformed@intel.root_crl",
      "malformed@intel.pck_crl"}},
  });
  const intel_guest late{intel_tee::sgx};
  CHECK(faults(appraise(late, minted_until + std::chrono::hours{24}))
          .contains("expired@intel.pck_chain"));
}

TEST_CASE("X09: a trust domain that measures other than what is known is refused") {
  check(
    intel_tee::tdx,
    {
      {"MRTD", [](auto& g) { g.domain.mr_td[0] ^= 1; }, {"tdx.register"}},
      {"MRSEAM", [](auto& g) { g.domain.mr_seam[0] ^= 1; }, {"tdx.register"}},
      {"RTMR0, with a log", [](auto& g) { g.domain.rtmrs[0][0] ^= 1; }, {"tdx.log"}},
      {"RTMR1, without one", [](auto& g) { g.domain.rtmrs[1][0] ^= 1; }, {"tdx.register"}},
      {"RTMR3, that is empty", [](auto& g) { g.domain.rtmrs[3][0] ^= 1; }, {"tdx.register"}},
      {"MRSIGNERSEAM", [](auto& g) { g.domain.mr_signer_seam[0] = 1; }, {"tdx.mr_signer_seam"}},
      {"SEAM attributes", [](auto& g) { g.domain.seam_attributes = 1; }, {"tdx.seam_attributes"}},
      {"MRCONFIGID", [](auto& g) { g.domain.mr_config_id[0] = 1; }, {"tdx.mr_config_id"}},
      {"MROWNER", [](auto& g) { g.domain.mr_owner[0] = 1; }, {"tdx.mr_owner"}},
      {"MROWNERCONFIG", [](auto& g) { g.domain.mr_owner_config[0] = 1; }, {"tdx.mr_owner_config"}},
      {"unknown module",
       [](auto& g) { g.domain.tee_tcb_svn[1] = 9; },
       {"intel.tcb_level", "tdx.module"}},
      {"service TD",
       [](auto& g) {
         g.domain.added.emplace().mr_service_td[0] = 1;
         g.root().tdx->quote_version = 5;
       },
       {"tdx.mr_service_td"}},
      {"event taken out", [](auto& g) { g.logs[0].events.pop_back(); }, {"tdx.log", "tdx.event"}},
      {"events swapped",
       [](auto& g) { std::swap(g.logs[0].events[0], g.logs[0].events[1]); },
       {"tdx.log"}},
      {"event in the wrong register",
       [](auto& g) { g.logs[0].index = 2; },
       {"tdx.log", "tdx.event"}},
      {"unknown event",
       [](auto& g) { g.root().components.erase(g.root().components.begin() + 2); },
       {"tdx.event"}},
      {"no reference value",
       [](auto& g) { g.root().components.clear(); },
       {"tdx.reference", "tdx.register", "tdx.event"}},
      {"no policy", [](auto& g) { g.root().tdx = {}; }, {"tdx.policy"}},
    });
}

TEST_CASE("X10: a quote of another version, TEE or shape is refused") {
  const auto change = [](std::size_t at, std::uint8_t value) {
    return [=](intel_guest& g) { g.spoil_bytes = [=](bytes& q) { q.at(at) = value; }; };
  };
  check(intel_tee::sgx, {
                          {"version 4", change(0, 4), {"unsupported@sgx.format"}},
                          {"EPID", change(2, 0), {"unsupported@sgx.format"}},
                          {"TDX", change(4, 0x81), {"malformed@sgx.format"}},
                          {"length beyond the end", change(433, 0x7f), {"truncated@sgx.format"}},
                        });
  check(intel_tee::tdx, {
                          {"version 3", change(0, 3), {"unsupported@tdx.format"}},
                          {"version 6", change(0, 6), {"unsupported@tdx.format"}},
                          {"SGX", change(4, 0), {"malformed@tdx.format"}},
                          {"flat signature data", change(764, 5), {"malformed@tdx.format"}},
                        });
  for (const auto tee : {intel_tee::sgx, intel_tee::tdx}) {
    const auto nested = faults_after(tee, [](auto& g) {
      g.spoil_signature = [](auto& by) { by.type = evidence::sgx::certification_type::qe_report; };
    });
    CHECK(nested == codes{tee == intel_tee::sgx ? "malformed@sgx.format" : "malformed@tdx.format"});
  }
}

TEST_SUITE_END();
