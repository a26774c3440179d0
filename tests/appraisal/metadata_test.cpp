#include "shared/appraisal/metadata.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "tests/support/attacks.hpp"
#include "tests/support/hex.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>

using namespace troth;
using namespace troth::testing;
using namespace std::chrono_literals;
using report::manifest_status;
using report::status;

namespace {

const std::string server = "https://status.example/omsp";

/// Sends one more item that the machine's signers signed.
template <class Item>
auto one_more(Item item) {
  return [=](machine& m) {
    m.spoil_context = [signed_item = m.sign(item)](report::context& claims) {
      claims.digests.push_back(hex(crypto::hash(hash_algorithm::sha256, signed_item).view()));
      claims.metadata[claims.digests.back()] = signed_item;
    };
  };
}

/// What every item says of itself, as the machine's do.
report::meta_info info_named(std::string name) {
  auto out = machine{}.image.info;
  out.name = std::move(name);
  return out;
}

/// What is left when the items of the signer are not believed.
const codes unsigned_layers{"metadata.image_description", "metadata.root_manifest",
                            "metadata.certification_level", "tpm.event", "tpm.reference"};

codes with(codes more) {
  more.insert(unsigned_layers.begin(), unsigned_layers.end());
  return more;
}

identity metadata_signer(const machine& m, std::string name) {
  return mint(leaf_content(std::move(name), std::string{crypto::eku::code_signing}), m.metadata_ca);
}

/// A certificate policy: certificatePolicies with one OID, 1.2.3.`last`.
crypto::extension policy_extension(std::uint8_t last) {
  return {"2.5.29.32", false, {0x30, 0x06, 0x30, 0x04, 0x06, 0x02, 0x2a, last}};
}

/// A status of the manifest `os`, changed.
template <class Change>
auto status_of_os(Change change) {
  return [=](machine& m) {
    m.manifests[1].omsp_server = server;
    m.status = [=](const std::map<std::string, std::string>& digests) {
      std::vector<report::omsp_response> out(1);
      out[0].server = server;
      out[0].produced_at = minted_now - 1h;
      out[0].responses = {{digests.at("os"), manifest_status::good, minted_now - 2h,
                           minted_now + 24h, std::nullopt, ""}};
      change(out);
      return out;
    };
  };
}

const auto unchanged = [](std::vector<report::omsp_response>&) {};

report::attestation_result run(const machine& from, const appraisal::policy& rules = {}) {
  return appraise(from, from.report(), rules);
}

/// Which versions a device had, as a test says.
struct fixed_history final : appraisal::version_history {
  std::map<std::string, time_point> known;

  std::optional<time_point> newest(const std::string& device,
                                   const std::string& item) const override {
    const auto at = known.find(device + " " + item);
    return at == known.end() ? std::nullopt : std::optional{at->second};
  }
};

} // namespace

TEST_SUITE_BEGIN("appraisal/metadata");

TEST_CASE("several signers are fine if every signature holds") {
  for (const auto as : {report::encoding::cbor, report::encoding::json}) {
    machine good;
    good.as = as;
    good.cosigners = {metadata_signer(good, "second"), metadata_signer(good, "third")};
    const auto result = run(good);
    CHECK(faults(result) == codes{});
    CHECK(result.summary.says == status::success);
    CHECK(result.metadata.manifests.at(0).signatures.size() == 3);
  }
}

TEST_CASE("one bad signature of several is enough to refuse") {
  check({
    {"a second signer with another key",
     [](machine& m) {
       m.cosigners = {metadata_signer(m, "second")};
       m.cosigners[0].key = *crypto::private_key::generate(crypto::key_kind::p256);
     },
     with({"bad_signature"})},
    {"the first signer with another key",
     [](machine& m) {
       m.cosigners = {metadata_signer(m, "second")};
       m.signer.key = *crypto::private_key::generate(crypto::key_kind::p256);
     },
     with({"bad_signature"})},
    {"a second signer of a stranger",
     [](machine& m) {
       const auto stranger = mint_root(ca_content("Metadata CA"));
       m.cosigners
         = {mint(leaf_content("second", std::string{crypto::eku::code_signing}), stranger)};
     },
     with({"untrusted"})},
    {"the same signer twice", [](machine& m) { m.cosigners = {m.signer}; },
     with({"metadata.signers"})},
    {"the same key with another certificate",
     [](machine& m) {
       m.cosigners
         = {{m.signer.key,
             minted(crypto::issue(leaf_content("second", std::string{crypto::eku::code_signing}),
                                  m.signer.key.public_half(), m.metadata_ca.certificate,
                                  m.metadata_ca.key))}};
     },
     with({"metadata.signers"})},
  });
}

TEST_CASE("an item of a kind that nobody judges, or of which there may be one, is refused") {
  report::unknown_metadata unknown;
  unknown.type = "Device Description";
  unknown.info = info_named("device");
  report::image_description other;
  other.info = info_named("other");
  check({
    {"an unknown kind", one_more(unknown), {"metadata.kind"}},
    {"a second image description", one_more(other), {"metadata.image_description"}},
  });
  machine good;
  report::company_description company;
  company.info = info_named("company");
  one_more(company)(good);
  CHECK(faults(good) == codes{});
  const auto sends_one = good.spoil_context;
  company.info = info_named("another company");
  one_more(company)(good);
  good.spoil_context = [sends_one, sends_other = good.spoil_context](report::context& claims) {
    sends_one(claims);
    sends_other(claims);
  };
  CHECK(faults(good) == codes{"metadata.kind"});
}

TEST_CASE("a policy demands signers by number and by certificate policy") {
  appraisal::policy two;
  two.minimum_signers = 2;
  machine good;
  CHECK(faults(run(good, two)) == with({"metadata.signers"}));
  good.cosigners = {metadata_signer(good, "second")};
  CHECK(faults(run(good, two)) == codes{});
  status_of_os(unchanged)(good); // which one key signs
  CHECK(faults(run(good, two)) == codes{});

  appraisal::policy roles;
  roles.signer_policies = {{"Manifest", {"1.2.3", "1.2.4"}}, {"Image Description", {"1.2.3"}}};
  machine evaluated;
  auto developer = leaf_content("developer", std::string{crypto::eku::code_signing});
  developer.more = {policy_extension(3)};
  evaluated.signer = mint(developer, evaluated.metadata_ca);
  auto without_manifests = with({"metadata.signer_policy"});
  without_manifests.erase("metadata.image_description");
  without_manifests.insert("metadata.described");
  CHECK(faults(run(evaluated, roles)) == without_manifests);
  auto evaluator = leaf_content("evaluator", std::string{crypto::eku::code_signing});
  evaluator.more = {policy_extension(4)};
  evaluated.cosigners = {mint(evaluator, evaluated.metadata_ca)};
  CHECK(faults(run(evaluated, roles)) == codes{});
}

TEST_CASE("a signer has its role and no other") {
  check({
    {"one that is a TLS server as well",
     [](machine& m) {
       auto content = leaf_content("signer", std::string{crypto::eku::code_signing});
       content.extended_key_usages.emplace_back(crypto::eku::server_auth);
       m.signer = mint(content, m.metadata_ca);
     },
     with({"metadata.signer_role"})},
    {"a CA",
     [](machine& m) {
       auto content = ca_content("signer");
       content.extended_key_usages.emplace_back(crypto::eku::code_signing);
       m.signer = mint(content, m.metadata_ca);
     },
     with({"metadata.signer_role"})},
    {"one for status", [](machine& m) { m.signer = m.status_signer; }, with({"untrusted"})},
  });
}

TEST_CASE("the reference's one pool of roots is a setting with a name") {
  machine mixed;
  mixed.signer = mint(leaf_content("signer"), mixed.ak_ca);
  CHECK(faults(run(mixed)) == with({"untrusted"}));
  const auto compatible = *appraisal::built_in_policy(appraisal::cmc_compat);
  CHECK(faults(run(mixed, compatible)) == codes{});
}

TEST_CASE("a manifest that names a status server is good if that says so") {
  for (const auto as : {report::encoding::cbor, report::encoding::json}) {
    machine good;
    good.as = as;
    status_of_os(unchanged)(good);
    const auto result = run(good);
    CHECK(faults(result) == codes{});
    CHECK(result.summary.says == status::success);
    CHECK(result.metadata.statuses.size() == 1);
    CHECK(result.metadata.manifests.at(1).status.value().got == "good");
    CHECK(result.metadata.manifests.at(1).status_validity.value().says == status::success);
  }
}

TEST_CASE("a status that is not good, not now, or not of this manifest is refused") {
  using responses = std::vector<report::omsp_response>;
  const auto entry = [](auto change) {
    return status_of_os([=](responses& all) { change(all[0].responses[0]); });
  };
  check({
    {"revoked",
     entry([](auto& e) {
       e.status = manifest_status::revoked;
       e.revocation_reason = "a hole";
     }),
     {"revoked"}},
    {"unknown", entry([](auto& e) { e.status = manifest_status::unknown; }), {"unknown_status"}},
    {"expired", entry([](auto& e) { e.next_update = minted_now - 1s; }), {"expired"}},
    {"not yet", entry([](auto& e) { e.this_update = minted_now + 1s; }), {"expired"}},
    {"without an end and old",
     entry([](auto& e) {
       e.next_update.reset();
       e.this_update = minted_now - 8 * 24h;
     }),
     {"expired"}},
    {"produced in the future",
     status_of_os([](responses& all) { all[0].produced_at = minted_now + 1s; }),
     {"expired"}},
    {"produced at no time",
     status_of_os([](responses& all) { all[0].produced_at.reset(); }),
     {"missing"}},
    {"in a response that is no longer valid",
     status_of_os([](responses& all) {
       all[0].info = info_named("status");
       all[0].info.valid = report::validity{minted_from, minted_now - 1s};
     }),
     {"expired"}},
    {"for another manifest", entry([](auto& e) { e.manifest_hash[0] ^= 1; }), {"no_status"}},
    {"of another server",
     status_of_os([](responses& all) { all[0].server = "https://other.example"; }),
     {"no_status"}},
    {"stripped", status_of_os([](responses& all) { all.clear(); }), {"no_status"}},
    {"signed by who signs metadata",
     [](machine& m) {
       status_of_os(unchanged)(m);
       m.status_signer = m.signer;
     },
     {"untrusted", "no_status"}},
    {"signed by a signer of metadata with the other role",
     [](machine& m) {
       status_of_os(unchanged)(m);
       m.status_signer = mint(leaf_content("status", std::string{crypto::eku::ocsp_signing}),
                              m.metadata_ca);
     },
     {"untrusted", "no_status"}},
    {"signed by who has no role",
     [](machine& m) {
       status_of_os(unchanged)(m);
       m.status_signer = mint(leaf_content("status"), m.status_ca);
     },
     {"untrusted", "no_status"}},
    {"signed by who has two roles",
     [](machine& m) {
       status_of_os(unchanged)(m);
       auto content = leaf_content("status", std::string{crypto::eku::ocsp_signing});
       content.extended_key_usages.emplace_back(crypto::eku::code_signing);
       m.status_signer = mint(content, m.status_ca);
     },
     {"metadata.signer_role", "no_status"}},
    {"signed with another key",
     [](machine& m) {
       status_of_os(unchanged)(m);
       m.status_signer.key = *crypto::private_key::generate(crypto::key_kind::p256);
     },
     {"bad_signature", "no_status"}},
    {"old good behind new revoked",
     status_of_os([](responses& all) {
       auto newer = all[0].responses[0];
       newer.status = manifest_status::revoked;
       newer.this_update += 1h;
       all[0].responses.push_back(newer);
     }),
     {"revoked"}},
  });
}

TEST_CASE("a manifest that is outdated is a warning") {
  machine old;
  status_of_os([](auto& all) { all[0].responses[0].status = manifest_status::outdated; })(old);
  const auto result = run(old);
  CHECK(result.summary.says == status::warn);
  CHECK(faults(result) == codes{});
  CHECK(result.metadata.manifests.at(1).status.value().error_codes.at(0)
        == report::error_code::manifest_outdated);
}

TEST_CASE("a policy demands a status server of every manifest") {
  appraisal::policy strict;
  strict.require_status = true;
  const machine silent;
  CHECK(faults(run(silent, strict)) == codes{"no_status"});
}

TEST_CASE("the result says why a manifest is revoked, in the reference's members") {
  machine bad;
  status_of_os([](auto& all) {
    auto& entry = all[0].responses[0];
    entry.status = manifest_status::revoked;
    entry.revocation_time = minted_now - 3h;
    entry.revocation_reason = "a hole";
  })(bad);
  const auto result = run(bad);
  CHECK(result.metadata.manifests.at(0).summary.says == status::success);
  CHECK(result.metadata.manifests.at(1).summary.says == status::fail);
  CHECK(result.metadata.manifests.at(1).summary.error_codes
        == std::vector{report::error_code::manifest_revoked});
  const auto text = to_text(report::write_result(result, report::encoding::json));
  CHECK(text.find(R"("omspStatus":{"status":"fail","got":"revoked")") != std::string::npos);
  CHECK(text.find(R"("revocationReason":"a hole")") != std::string::npos);
  CHECK(text.find(R"("omspSignatureResults":[{"type":"OMSP Response")") != std::string::npos);
}

TEST_CASE("a layer that speaks for a register that is not its own is refused") {
  const auto move_to = [](std::size_t layer, const std::string& pcr) {
    return [=](machine& m) {
      auto& from = m.manifests[0].components;
      const auto at = std::ranges::find_if(from, [&](const auto& each) {
        return *each.find_property(report::property_index) == pcr;
      });
      m.manifests[layer].components.push_back(*at);
      from.erase(at);
    };
  };
  check({
    {"the system for the firmware", move_to(1, "1"), {"reference.authority", "tpm.event"}},
    {"an application for Secure Boot", move_to(2, "7"), {"reference.authority", "tpm.event"}},
  });
  machine loader;
  move_to(1, "4")(loader);
  CHECK(faults(loader) == codes{});

  appraisal::policy given;
  given.authority = {{"rtm", {{"TPM", 0, 7}}}, {"os", {{"TPM", 8, 9}}}, {"app", {{"TPM", 10, 10}}}};
  CHECK(faults(run(machine{}, given)) == codes{});
  CHECK(faults(run(loader, given)) == codes{"reference.authority", "tpm.event"});
  given.authority.erase("app"); // who is not named speaks for nothing
  CHECK(faults(run(machine{}, given)) == codes{"reference.authority", "tpm.event"});
}

TEST_CASE("fingerprints of another manifest than the root's do not count") {
  appraisal::policy strict;
  strict.require_ca_fingerprints = true;
  machine victim;
  victim.manifests[1].ca_fingerprints = {hex(victim.ak_ca.certificate.sha256().view())};
  CHECK(faults(run(victim, strict)) == codes{"tpm.ca_fingerprint"});
}

TEST_CASE("a device does not go back to older metadata") {
  const machine same;
  const auto before = run(same);
  REQUIRE(before.device.size() == 64);
  REQUIRE(before.versions.size() == 4);
  const auto anchors = same.anchors();
  const auto bytes_of_report = same.report();
  const appraisal::policy rules;
  fixed_history history;
  const auto again = [&] {
    return appraisal::appraise(
      {bytes_of_report, same.nonce, rules, anchors, minted_now, nullptr, &history});
  };
  CHECK(faults(again()) == codes{});
  for (const auto& [item, version] : before.versions)
    history.known[before.device + " " + item] = version;
  CHECK(faults(again()) == codes{});
  history.known[before.device + " Manifest/os"] += 1s;
  CHECK(faults(again()) == codes{"rollback"});
  history.known = {{std::string(64, '0') + " Manifest/os", minted_now}}; // another device
  CHECK(faults(again()) == codes{});
}

TEST_CASE("that a device goes back is not seen where no certificate names it, which is said") {
  machine nameless;
  nameless.carries_ak = false;
  const fixed_history history;
  const auto anchors = nameless.anchors();
  const appraisal::policy rules;
  const auto sent = nameless.report();
  const auto result
    = appraisal::appraise({sent, nameless.nonce, rules, anchors, minted_now, nullptr, &history});
  CHECK(std::ranges::count_if(result.findings,
                              [](const auto& each) {
                                return each.rule == "metadata.version"
                                       && each.says == report::outcome::not_checked;
                              })
        == 1);
}

TEST_CASE("a version that is no time is refused") {
  check({{"words", [](machine& m) { m.manifests[1].info.version = "newest"; }, {"malformed"}}});
}

TEST_CASE("items that are left out are filled in, and only by their digest") {
  const machine whole;
  const auto full = report::parse_report(whole.report());
  REQUIRE(full);
  machine brief;
  brief.signer = whole.signer;
  brief.metadata_ca = whole.metadata_ca;
  brief.spoil_context = [&](report::context& claims) {
    claims.digests = full->claims.digests;
    claims.metadata.clear();
  };
  const auto sent = brief.report();
  const auto anchors = brief.anchors();
  const appraisal::policy rules;
  auto known = full->claims.metadata;
  const auto fill_in = [&](const std::map<std::string, bytes>* left_out) {
    return appraisal::appraise({sent, brief.nonce, rules, anchors, minted_now, left_out});
  };
  CHECK(faults(fill_in(&known)) == codes{});
  CHECK(faults(fill_in(nullptr)).contains("not_cached"));
  for (auto& [digest, item] : known)
    item.back() ^= 1;
  CHECK(faults(fill_in(&known)).contains("metadata.digest"));
}

TEST_SUITE_END();
