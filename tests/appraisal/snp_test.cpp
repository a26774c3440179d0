#include "shared/appraisal/appraise.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "tests/support/minted_snp_guest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace troth;
using namespace troth::testing;
using evidence::snp::attestation_report;
using evidence::snp::product_line;
using report::outcome;
using report::status;
namespace guest = evidence::snp::guest_policy;
namespace platform = evidence::snp::platform_info;

namespace {

using codes = std::set<std::string>;

report::attestation_result appraise(const snp_guest& from,
                                    const appraisal::policy& rules = snp_guest::rules(),
                                    time_point now = minted_now) {
  const auto anchors = from.anchors();
  return appraisal::appraise({from.report(), from.host.nonce, rules, anchors, now});
}

codes faults(const report::attestation_result& result) {
  codes out;
  for (const auto& finding : result.findings)
    if (finding.says == outcome::fail) {
      CHECK_MESSAGE(!finding.got.empty(), finding.code);
      CHECK_MESSAGE(!finding.expected.empty(), finding.code);
      out.insert(finding.code);
    }
  return out;
}

codes faults(const snp_guest& from, const appraisal::policy& rules = snp_guest::rules()) {
  const auto result = appraise(from, rules);
  CHECK((result.summary.says == status::success) == faults(result).empty());
  return faults(result);
}

/// A way to change what the firmware says, and the codes of what must fail: no more, no less.
struct lie {
  std::string what;
  std::function<void(attestation_report&)> tell;
  codes expected;
};

void check(const std::vector<lie>& lies, product_line line = product_line::milan,
           const appraisal::policy& rules = snp_guest::rules()) {
  for (const auto& lie : lies) {
    CAPTURE(lie.what);
    snp_guest victim{line};
    victim.spoil_report = lie.tell;
    CHECK(faults(victim, rules) == lie.expected);
  }
}

/// What is wrong if the key is another than the report says.
codes faults_with_vek(const std::function<void(endorsement::vek_extensions&)>& change) {
  snp_guest victim;
  auto extensions = victim.chip.extensions;
  change(extensions);
  victim.vek = minted(victim.chip.vendor().make_vek(extensions, minted_from, minted_until));
  return faults(victim);
}

} // namespace

TEST_SUITE_BEGIN("appraisal/snp");

TEST_CASE("a good guest is affirmed on every product line, in both encodings") {
  for (const auto line : {product_line::milan, product_line::genoa, product_line::turin}) {
    for (const auto as : {report::encoding::cbor, report::encoding::json}) {
      snp_guest good{line};
      good.host.as = as;
      const auto result = appraise(good);
      CHECK(faults(result) == codes{});
      CHECK(result.summary.says == status::success);
      REQUIRE(result.measurements.size() == 1);
      const auto& measured = result.measurements[0];
      CHECK(measured.type == "SNP Result");
      CHECK(measured.artifacts.at(0).success);
      CHECK(measured.snp.value().tcb_check.microcode.success);
      CHECK(measured.signature.certificates.at(0).size() == 3);
      const auto text = to_text(write_result(result, report::encoding::json));
      CHECK(text.find(R"("snpResult":{"reportVersionMatch":{"status":"success")")
            != std::string::npos);
    }
  }
}

TEST_CASE("a played vendor is refused unless the policy takes one, and its root unless given") {
  const snp_guest played;
  auto rules = snp_guest::rules();
  rules.accept_simulated_evidence = false;
  CHECK(faults(played, rules) == codes{"evidence.simulated"});
  auto anchors = played.anchors();
  anchors.snp_roots.clear();
  const auto result
    = appraisal::appraise({played.report(), played.host.nonce, rules, anchors, minted_now});
  CHECK(faults(result) == codes{"untrusted"});
}

TEST_CASE("a root that came along counts only if its key is pinned") {
  const snp_guest carried;
  auto anchors = carried.anchors();
  anchors.snp_roots.clear();
  anchors.snp_root_keys
    = {crypto::hash(hash_algorithm::sha256, carried.chip.vendor().ark.certificate.key().der())};
  const auto rules = snp_guest::rules();
  CHECK(
    faults(appraisal::appraise({carried.report(), carried.host.nonce, rules, anchors, minted_now}))
    == codes{});
}

TEST_CASE("S01: a guest whose policy allows what it must not is refused") {
  check({
    {"debugging", [](auto& r) { r.policy |= guest::debug; }, {"snp.debug"}},
    {"migration", [](auto& r) { r.policy |= guest::migrate_ma; }, {"snp.migration"}},
    {"no SMT", [](auto& r) { r.policy &= ~guest::smt; }, {"snp.smt"}},
    {"one socket", [](auto& r) { r.policy |= guest::single_socket; }, {"snp.single_socket"}},
    {"CXL memory", [](auto& r) { r.policy |= guest::cxl_allow; }, {"snp.cxl"}},
    {"reserved bit 17", [](auto& r) { r.policy &= ~guest::reserved_one; }, {"snp.policy_reserved"}},
    {"unknown bit 26", [](auto& r) { r.policy |= 1U << 26; }, {"snp.policy_reserved"}},
    {"unknown bit 63", [](auto& r) { r.policy |= 1ULL << 63; }, {"snp.policy_reserved"}},
  });
  check({{"more than is wanted",
          [](auto& r) { r.policy |= guest::mem_aes_256_xts | guest::page_swap_disable; },
          {}}});
}

TEST_CASE("S01: a guest that insists on less of the ABI than is wanted is refused") {
  snp_guest victim;
  victim.policy().guest.abi_major = 1;
  victim.policy().guest.abi_minor = 51;
  const std::pair<std::uint64_t, bool> rows[]
    = {{0x0133, true}, {0x0134, true}, {0x0200, true}, {0x0132, false}, {0x00ff, false}};
  for (const auto& [abi, holds] : rows) {
    CAPTURE(abi);
    victim.spoil_report = [abi = abi](auto& r) { r.policy |= abi; };
    CHECK(faults(victim) == (holds ? codes{} : codes{"snp.abi"}));
  }
}

TEST_CASE("S01: a guest may be debugged only if its manifest and the verifier's owner say so") {
  snp_guest victim;
  victim.policy().guest.debug = true;
  victim.spoil_report = [](auto& r) { r.policy |= guest::debug; };
  CHECK(faults(victim) == codes{"snp.debug"});
  auto rules = snp_guest::rules();
  rules.snp.accept_debug = true;
  CHECK(faults(victim, rules) == codes{});
  victim.policy().guest.debug = false;
  CHECK(faults(victim, rules) == codes{"snp.debug"});
}

TEST_CASE("S02: a guest at another privilege level is refused") {
  for (std::uint32_t vmpl : {1U, 2U, 3U, 0xffffffffU})
    check({{"VMPL " + std::to_string(vmpl), [=](auto& r) { r.vmpl = vmpl; }, {"snp.vmpl"}}});
  auto rules = snp_guest::rules();
  rules.snp.vmpls = {2};
  check({{"the one that is wanted", [](auto& r) { r.vmpl = 2; }, {}}}, product_line::milan, rules);
  check({{"0", [](auto&) {}, {"snp.vmpl"}}}, product_line::milan, rules);
}

TEST_CASE("S03: report data that is not the context's digest with zeros behind it is refused") {
  check({
    {"a bit of it", [](auto& r) { r.report_data[0] ^= 1; }, {"snp.report_data"}},
    {"its last bit", [](auto& r) { r.report_data[31] ^= 1; }, {"snp.report_data"}},
    {"the first byte behind", [](auto& r) { r.report_data[32] = 1; }, {"snp.report_data"}},
    {"the last byte", [](auto& r) { r.report_data[63] = 1; }, {"snp.report_data"}},
    {"zeros", [](auto& r) { r.report_data.fill(0); }, {"snp.report_data"}},
  });
}

TEST_CASE("S04: another measurement is refused, and so is what the policy does not name") {
  check({
    {"measurement", [](auto& r) { r.measurement[47] ^= 1; }, {"snp.measurement"}},
    {"host data", [](auto& r) { r.host_data[0] = 1; }, {"snp.host_data"}},
    {"id key", [](auto& r) { r.id_key_digest[0] = 1; }, {"snp.id_key"}},
    {"author key", [](auto& r) { r.author_key_digest[47] = 1; }, {"snp.author_key"}},
    {"family id", [](auto& r) { r.family_id[0] = 1; }, {"snp.family_id"}},
    {"image id", [](auto& r) { r.image_id[15] = 1; }, {"snp.image_id"}},
  });
  auto rules = snp_guest::rules();
  rules.snp.host_data = {bytes(32, 7)};
  rules.snp.id_key_digests = {bytes(48, 1), bytes(48, 2)};
  rules.snp.minimum_guest_svn = 5;
  const auto named = [](auto& r) {
    r.host_data.fill(7);
    r.id_key_digest.fill(2);
    r.guest_svn = 5;
  };
  check(
    {
      {"as named", named, {}},
      {"none of it", [](auto&) {}, {"snp.host_data", "snp.id_key", "snp.guest_svn"}},
      {"an older guest", [=](auto& r) { named(r), r.guest_svn = 4; }, {"snp.guest_svn"}},
      {"another id key", [=](auto& r) { named(r), r.id_key_digest.fill(3); }, {"snp.id_key"}},
    },
    product_line::milan, rules);
}

TEST_CASE("S04: reference values must be there, of SHA-384, and all met that are not optional") {
  snp_guest victim;
  victim.reference().hashes = {digest{hash_algorithm::sha256}};
  CHECK(faults(victim) == codes{"snp.measurement"});
  victim.host.manifests[0].components.clear();
  CHECK(faults(victim) == codes{"snp.measurement", "snp.reference"});
  snp_guest second;
  auto other = second.reference();
  other.hashes = {digest{hash_algorithm::sha384}};
  second.host.manifests[0].components.push_back(other);
  CHECK(faults(second) == codes{"snp.reference"});
  second.host.manifests[0].components.back().optional = true;
  CHECK(faults(second) == codes{});
  second.host.manifests[1].components = {other}; // what is launched is the root manifest's to say
  CHECK(faults(second) == codes{"reference.authority"});
}

TEST_CASE("S05: each part of each of the four TCBs must reach what the manifest wants") {
  using evidence::snp::tcb_version;
  using member = tcb_version attestation_report::*;
  const std::pair<member, codes> tcbs[] = {
    {&attestation_report::current_tcb, {"snp.tcb", "snp.tcb_order"}},   // below committed
    {&attestation_report::committed_tcb, {"snp.tcb", "snp.tcb_order"}}, // below reported
    {&attestation_report::launch_tcb, {"snp.tcb"}},
  };
  for (const auto line : {product_line::milan, product_line::turin}) {
    const auto parts = line == product_line::turin ? std::vector<std::size_t>{0, 1, 2, 3, 7}
                                                   : std::vector<std::size_t>{0, 1, 6, 7};
    for (const auto at : parts) {
      CAPTURE(at);
      for (const auto& [tcb, expected] : tcbs)
        check({{"lower", [&, which = tcb](auto& r) { --(r.*which)[at]; }, expected}}, line);
      // The reported TCB is the key's too: then all is in order but for the manifest.
      snp_guest victim{line};
      --victim.chip.report.reported_tcb[at];
      victim.chip.extensions.tcb = parts_of(victim.chip.report.reported_tcb, line);
      CHECK(faults(victim) == codes{"snp.tcb"});
    }
  }
}

TEST_CASE("S05: TCBs and versions that cannot be together are refused") {
  check({
    {"committed above current", [](auto& r) { ++r.committed_tcb[7]; }, {"snp.tcb_order"}},
    {"reported above committed",
     [](auto& r) { ++r.reported_tcb[7]; },
     {"snp.tcb_order", "snp.vek_tcb"}},
    {"committed version above current",
     [](auto& r) { ++r.committed_version.build; },
     {"snp.tcb_order"}},
  });
}

TEST_CASE("S05: firmware is ordered as versions are, the older of current and committed counting") {
  check({
    {"an older build", [](auto& r) { r.committed_version.build = 20; }, {"snp.firmware"}},
    {"an older minor with a newer build",
     [](auto& r) {
       r.current_version = r.committed_version = {1, 54, 99};
     },
     {"snp.firmware"}},
    {"a newer minor with an older build",
     [](auto& r) {
       r.current_version = r.committed_version = {1, 56, 0};
     },
     {}},
    {"a newer major",
     [](auto& r) {
       r.current_version = r.committed_version = {2, 0, 0};
     },
     {}},
  });
}

TEST_CASE("S06: a key of another TCB or another chip is refused") {
  for (auto part : {&evidence::snp::tcb_parts::boot_loader, &evidence::snp::tcb_parts::tee,
                    &evidence::snp::tcb_parts::snp, &evidence::snp::tcb_parts::microcode})
    CHECK(faults_with_vek([=](auto& of) { --(of.tcb.*part); }) == codes{"snp.vek_tcb"});
  CHECK(faults_with_vek([](auto& of) { of.hardware_id->back() ^= 1; }) == codes{"snp.chip_id"});
  CHECK(faults_with_vek([](auto& of) { of.hardware_id = bytes(64); }) == codes{"snp.chip_id"});
  check({{"a masked chip id", [](auto& r) { r.chip_id.fill(0); }, {"snp.chip_id"}}});
  check({{"bytes behind a short id", [](auto& r) { r.chip_id[8] = 1; }, {"snp.chip_id"}}},
        product_line::turin);
}

TEST_CASE("S06: on Turin, a key of another FMC is refused") {
  snp_guest victim{product_line::turin};
  auto extensions = victim.chip.extensions;
  ++extensions.tcb.fmc;
  victim.vek = minted(victim.chip.vendor().make_vek(extensions, minted_from, minted_until));
  CHECK(faults(victim) == codes{"snp.vek_tcb"});
}

TEST_CASE("S06: a provider's key counts only if the policy names the provider") {
  snp_guest victim;
  victim.chip.use_vlek();
  CHECK(faults(victim) == codes{"snp.csp"});
  auto rules = snp_guest::rules();
  rules.snp.csp_ids = {"CN=other.example.com"};
  CHECK(faults(victim, rules) == codes{"snp.csp"});
  rules.snp.csp_ids = {"CN=cc.example.com"};
  CHECK(faults(victim, rules) == codes{});
  victim.spoil_report = [](auto& r) { r.signing_key_id = 0; }; // says it is the chip's
  CHECK(faults(victim, rules) == codes{"snp.signing_key"});
}

TEST_CASE(
  "S06: a chip's key that the report says is a provider's, or of a kind unknown, is refused") {
  for (const std::uint8_t key : bytes{1, 2, 3, 6})
    check({{"key " + std::to_string(key),
            [=](auto& r) { r.signing_key_id = key; },
            {"snp.signing_key"}}});
}

TEST_CASE("S07: a chain to a root that is not AMD's is refused, whatever its name") {
  snp_guest victim;
  const auto fake
    = minted(device::simulated_amd::make(product_line::milan, minted_from, minted_until));
  victim.vek = minted(fake.make_vek(victim.chip.extensions, minted_from, minted_until));
  victim.carried = {victim.vek->certificate, fake.ask.certificate, fake.ark.certificate};
  CHECK(faults(victim) == codes{"untrusted"});
}

TEST_CASE("S07: an ASK of another product, none, or a VEK that is none is refused") {
  snp_guest victim;
  victim.vek = victim.chip.vek();
  const auto& leaf = victim.vek->certificate;
  victim.carried = {leaf, snp_vendor(product_line::genoa).ask.certificate};
  CHECK(faults(victim) == codes{"untrusted"});
  victim.carried = {leaf};
  CHECK(faults(victim) == codes{"untrusted"});
  victim.carried = {victim.chip.vendor().ask.certificate};
  CHECK(faults(victim) == codes{"missing"});
  victim.carried = {leaf, victim.chip.vendor().ask.certificate}; // the root need not come along
  CHECK(faults(victim) == codes{});
}

TEST_CASE("S07: a whole chain of another product line is refused") {
  snp_guest victim;
  const auto& genoa = snp_vendor(product_line::genoa);
  victim.vek = minted(genoa.make_vek(victim.chip.extensions, minted_from, minted_until));
  victim.carried = {victim.vek->certificate, genoa.ask.certificate};
  victim.host.manifests[0].ca_fingerprints = {hex(genoa.ark.certificate.sha256().view())};
  auto anchors = victim.anchors();
  anchors.snp_roots = {genoa.ark.certificate};
  auto rules = snp_guest::rules();
  rules.not_checked = {"snp.revocation"};
  CHECK(
    faults(appraisal::appraise({victim.report(), victim.host.nonce, rules, anchors, minted_now}))
    == codes{"snp.product"});
}

TEST_CASE("S07: signatures that are not RSASSA-PSS with SHA-384, and expired ones, are refused") {
  snp_guest victim;
  auto content = device::simulated_vek_content(victim.chip.extensions, victim.chip.line,
                                               minted_from, minted_until);
  content.signed_with = {signature_scheme::rsapss, hash_algorithm::sha256};
  const auto& ask = victim.chip.vendor().ask;
  const auto key = minted(crypto::private_key::generate(crypto::key_kind::p384));
  victim.vek = {key, minted(crypto::issue(content, key.public_half(), ask.certificate, ask.key))};
  CHECK(faults(victim) == codes{"weak"});
  snp_guest expired;
  expired.vek
    = minted(expired.chip.vendor().make_vek(expired.chip.extensions, minted_from, minted_now));
  CHECK(faults(appraise(expired, snp_guest::rules(), minted_now + std::chrono::seconds{1}))
        == codes{"expired"});
}

TEST_CASE("S07: an ASK on AMD's revocation list is refused, and a list that is missing or old") {
  snp_guest victim;
  victim.revoked = {*from_hex(victim.chip.vendor().ask.certificate.serial())};
  CHECK(faults(victim) == codes{"untrusted"});
  victim.revoked = {*from_hex(victim.chip.vendor().asvk.certificate.serial())};
  CHECK(faults(victim) == codes{});
  auto anchors = victim.anchors();
  anchors.snp_revocation_lists.clear();
  auto rules = snp_guest::rules();
  const auto report = victim.report();
  CHECK(faults(appraisal::appraise({report, victim.host.nonce, rules, anchors, minted_now}))
        == codes{"missing"});
  rules.not_checked = {"snp.revocation"};
  CHECK(faults(appraisal::appraise({report, victim.host.nonce, rules, anchors, minted_now}))
        == codes{});
}

TEST_CASE("S07: a revocation list that is over, or not yet good, is refused") {
  snp_guest victim;
  victim.list_until = minted_now;
  CHECK(faults(victim) == codes{"expired"});
  victim.list_until = minted_until;
  victim.list_from = minted_now + std::chrono::seconds{1};
  CHECK(faults(victim) == codes{"expired"});
}

TEST_CASE("S07: one good list is enough, in whatever order they are, unless one revokes") {
  snp_guest victim;
  auto good = victim.anchors();
  victim.list_until = minted_now;
  const auto old = victim.anchors().snp_revocation_lists.front();
  victim.list_until = minted_until;
  victim.revoked = {*from_hex(victim.chip.vendor().ask.certificate.serial())};
  const auto revoking = victim.anchors().snp_revocation_lists.front();
  const auto report = victim.report();
  const auto rules = snp_guest::rules();
  auto& lists = good.snp_revocation_lists;
  const auto first = lists.front();
  const auto faults_now = [&] {
    return faults(appraisal::appraise({report, victim.host.nonce, rules, good, minted_now}));
  };
  lists = {first, old};
  CHECK(faults_now() == codes{});
  lists = {old, first};
  CHECK(faults_now() == codes{});
  lists = {first, revoking, old};
  CHECK(faults_now() == codes{"untrusted"});
}

TEST_CASE("S07: a root that the root manifest does not name is refused") {
  snp_guest victim;
  victim.host.manifests[0].ca_fingerprints = {std::string(64, 'a')};
  CHECK(faults(victim) == codes{"snp.ca_fingerprint"});
  victim.host.manifests[0].ca_fingerprints.clear();
  CHECK(faults(victim) == codes{"snp.ca_fingerprint"});
  victim.host.manifests[0].ca_fingerprints
    = {hex(victim.chip.vendor().ark.certificate.sha256().view())};
  for (auto& c : victim.host.manifests[0].ca_fingerprints[0])
    c = static_cast<char>(std::toupper(c)); // either case
  CHECK(faults(victim) == codes{});
}

TEST_CASE("S08: a report that nobody signed, or in another way, is refused") {
  check({
    {"no signing key", [](auto& r) { r.signing_key_id = 7; }, {"bad_signature"}},
    {"another algorithm", [](auto& r) { r.signature_algorithm = 2; }, {"unsupported"}},
    {"an unknown version", [](auto& r) { r.version = 6; }, {"unsupported"}},
    {"an old version", [](auto& r) { r.version = 1; }, {"unsupported"}},
  });
}

TEST_CASE("S08: a signature in the other byte order or out of range is refused") {
  constexpr std::size_t r_at = 0x2a0;
  constexpr std::size_t s_at = 0x2e8;
  const std::pair<std::function<void(bytes&)>, codes> rows[] = {
    {[](bytes& b) { std::reverse(b.begin() + r_at, b.begin() + r_at + 48); }, {"bad_signature"}},
    {[](bytes& b) { std::reverse(b.begin() + r_at, b.begin() + r_at + 72); }, {"malformed"}},
    {[](bytes& b) { std::fill_n(b.begin() + r_at, 48, std::uint8_t{0}); }, {"bad_signature"}},
    {[](bytes& b) { std::fill_n(b.begin() + s_at, 48, std::uint8_t{0xff}); }, {"bad_signature"}},
    {[](bytes& b) { b[s_at + 48] = 1; }, {"malformed"}},
    {[](bytes& b) { b[0x330] = 1; }, {"malformed"}},
    {[](bytes& b) { b[0x4c] = 1; }, {"malformed"}},
    {[](bytes& b) { b.pop_back(); }, {"truncated"}},
    {[](bytes& b) { b.push_back(0); }, {"trailing"}},
    {[](bytes& b) { b.insert(b.begin(), 32, 0); }, {"unsupported"}}, // the firmware's header
  };
  for (const auto& [spoil, expected] : rows) {
    snp_guest victim;
    victim.spoil_bytes = spoil;
    CHECK(faults(victim) == expected);
  }
}

TEST_CASE("S08: a report version that the manifest does not want is refused") {
  snp_guest victim;
  victim.policy().report_min_version = 4;
  CHECK(faults(victim) == codes{"snp.version"});
  victim.policy().report_min_version = 2;
  victim.policy().report_max_version = 2;
  CHECK(faults(victim) == codes{"snp.version"});
}

TEST_CASE("S09: a host that is not set up as the policy wants is refused") {
  check({{"an unknown bit", [](auto& r) { r.platform_info = 1U << 6; }, {"snp.platform_info"}},
         {"another", [](auto& r) { r.platform_info = 1ULL << 63; }, {"snp.platform_info"}}});
  const std::pair<std::string, std::uint64_t> bits[]
    = {{"smt", platform::smt_en},
       {"tsme", platform::tsme_en},
       {"ecc", platform::ecc_en},
       {"raplDisabled", platform::rapl_dis},
       {"ciphertextHiding", platform::ciphertext_hiding_dram_en},
       {"aliasCheckComplete", platform::alias_check_complete},
       {"tio", platform::tio_en}};
  for (const auto& [name, bit] : bits) {
    CAPTURE(name);
    const auto rules_with = [&, name = name](const std::string& key) {
      auto rules = snp_guest::rules();
      const auto read
        = appraisal::parse_policy(R"({"snp": {")" + key + R"(": [")" + name + "\"]}}");
      REQUIRE(read);
      rules.snp = read->snp;
      return rules;
    };
    const auto set = [bit = bit](auto& r) { r.platform_info = bit; };
    const auto clear = [bit = bit](auto& r) { r.platform_info = platform::known & ~bit; };
    const auto line = product_line::milan;
    check({{"set", set, {}}, {"clear", clear, {"snp.platform_info"}}}, line,
          rules_with("platformRequired"));
    check({{"set", set, {"snp.platform_info"}}, {"clear", clear, {}}}, line,
          rules_with("platformForbidden"));
  }
}

TEST_CASE("a root manifest without a policy, or none for this product line, is refused") {
  snp_guest victim;
  victim.policy().versions[0].name = "Berlin";
  CHECK(faults(victim) == codes{"snp.product_policy"});
  victim.policy().versions.clear();
  CHECK(faults(victim) == codes{"snp.product_policy"});
  victim.host.manifests[0].snp = {};
  CHECK(faults(victim) == codes{"snp.policy"});
}

TEST_CASE("a processor of another or an unknown product line than its root is refused") {
  check({{"unknown", [](auto& r) { r.processor->model = 0x40; }, {"snp.product"}},
         {"another", [](auto& r) { r.processor->model = 0x11; }, {"snp.product"}}});
}

TEST_CASE("a report of version 2 names no processor: the root names the product line") {
  snp_guest good;
  good.chip.report.version = 2;
  good.chip.report.processor.reset();
  CHECK(faults(good) == codes{});
}

TEST_CASE("a policy for SNP is read member by member, and nothing else is taken") {
  const auto read = appraisal::parse_policy(R"({"snp": {"vmpls": [0, 2], "minimumGuestSvn": 7,
    "cspIds": ["CN=a"], "acceptDebug": true, "acceptCxl": true,
    "familyIds": ["000102030405060708090a0b0c0d0e0f"]}})");
  REQUIRE(read);
  CHECK(read->snp.vmpls == std::set<std::uint32_t>{0, 2});
  CHECK(read->snp.minimum_guest_svn == 7);
  CHECK(read->snp.csp_ids.contains("CN=a"));
  CHECK(read->snp.accept_debug);
  CHECK(read->snp.accept_cxl);
  CHECK(read->snp.family_ids.at(0).back() == 0x0f);
  const std::pair<std::string, errc> rows[] = {
    {R"([])", errc::malformed},
    {R"({"vmpl": [0]})", errc::unknown_key},
    {R"({"vmpls": []})", errc::malformed},
    {R"({"vmpls": [4]})", errc::malformed},
    {R"({"minimumGuestSvn": 4294967296})", errc::malformed},
    {R"({"hostData": ["00"]})", errc::malformed},
    {R"({"idKeyDigests": [1]})", errc::malformed},
    {R"({"cspIds": [1]})", errc::malformed},
    {R"({"platformRequired": ["turbo"]})", errc::malformed},
    {R"({"acceptDebug": 1})", errc::malformed},
  };
  for (const auto& [text, code] : rows) {
    CAPTURE(text);
    const auto refused = appraisal::parse_policy(R"({"snp": )" + text + "}");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == code);
  }
}

TEST_SUITE_END();
