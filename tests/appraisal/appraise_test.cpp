#include "shared/appraisal/appraise.hpp"

#include "shared/base/hex.hpp"
#include "tests/support/attacks.hpp"
#include "tests/support/minted_machine.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace troth;
using namespace troth::testing;
using report::outcome;
using report::status;

namespace {

crypto::certificate_content valid(crypto::certificate_content content, time_point from,
                                  time_point until) {
  content.not_before = from;
  content.not_after = until;
  return content;
}

std::vector<report::component>& events_of(report::context& context, std::size_t artifact) {
  return context.collaterals.at(0).artifacts.at(artifact).events;
}

} // namespace

TEST_SUITE_BEGIN("appraisal/appraise");

TEST_CASE("a good machine is affirmed by the default policy, in both encodings") {
  for (const auto as : {report::encoding::cbor, report::encoding::json}) {
    machine good;
    good.as = as;
    const auto result = appraise(good, good.report());
    CHECK(faults(result) == codes{});
    CHECK(result.summary.says == status::success);
    CHECK(result.certification_level == 3);
    CHECK(result.prover_name == "machine");
    CHECK(result.policy == "default");
    REQUIRE(result.measurements.size() == 1);
    CHECK(result.measurements[0].tpm.value().pcr_match.size() == 11);
  }
}

TEST_CASE("the same inputs give the same result") {
  const machine good;
  const auto report = good.report();
  CHECK(report::write_result(appraise(good, report), report::encoding::cbor)
        == report::write_result(appraise(good, report), report::encoding::cbor));
}

TEST_CASE("a nonce that is not the challenge's is refused") {
  machine victim;
  const auto report = victim.report();
  for (const bytes& nonce : {bytes(32, 0x5b), bytes{}, bytes(31, 0x5a), bytes(33, 0x5a),
                             bytes(8, 0x5a), bytes(65, 0x5a)}) {
    CAPTURE(hex(nonce));
    victim.nonce = nonce;
    CHECK(faults(appraise(victim, report)) == codes{"context.nonce"});
  }
}

TEST_CASE("a nonce that could be guessed is refused, though it is the challenge's") {
  machine small;
  for (const std::size_t size : {1U, 8U, 15U}) {
    small.nonce = bytes(size, 0x5a);
    CHECK(faults(small) == codes{"context.nonce"});
  }
  for (const std::size_t size : {16U, 64U}) {
    small.nonce = bytes(size, 0x5a);
    CHECK(faults(small) == codes{});
  }
}

TEST_CASE("an evidence nonce that is not the context's digest is refused") {
  check({
    {"another nonce",
     [](machine& m) { m.spoil_quote = [](auto& quote) { quote.extra_data[0] ^= 1; }; },
     {"tpm.nonce"}},
    {"an empty nonce",
     [](machine& m) { m.spoil_quote = [](auto& quote) { quote.extra_data.clear(); }; },
     {"tpm.nonce"}},
    {"a correct beginning",
     [](machine& m) { m.spoil_quote = [](auto& quote) { quote.extra_data.resize(16); }; },
     {"tpm.nonce"}},
    {"a longer one",
     [](machine& m) { m.spoil_quote = [](auto& quote) { quote.extra_data.push_back(0); }; },
     {"tpm.nonce"}},
  });
}

TEST_CASE("what is no quote, or not signed by the certified AK, is refused") {
  check({
    {"another magic",
     [](machine& m) { m.spoil_quote = [](auto& quote) { quote.magic = 0xff544348; }; },
     {"malformed"}},
    {"a certification",
     [](machine& m) { m.spoil_quote = [](auto& quote) { quote.type = 0x8017; }; },
     {"unsupported"}},
    {"a changed byte",
     [](machine& m) {
       m.spoil_report = [](auto& report) { report.evidences[0].body.back() ^= 1; };
     },
     {"bad_signature"}},
    {"a changed signature",
     [](machine& m) {
       m.spoil_report = [](auto& report) { report.evidences[0].signature.back() ^= 1; };
     },
     {"bad_signature"}},
    {"r = 0",
     [](machine& m) {
       m.spoil_report = [](auto& report) {
         std::fill_n(report.evidences[0].signature.begin() + 6, 32, std::uint8_t{0});
       };
     },
     {"bad_signature"}},
    {"SHA-1 named in the signature",
     [](machine& m) {
       m.spoil_report = [](auto& report) { report.evidences[0].signature[3] = 0x04; };
     },
     {"weak"}},
    {"a truncated signature",
     [](machine& m) {
       m.spoil_report = [](auto& report) { report.evidences[0].signature.resize(20); };
     },
     {"truncated"}},
    {"the key of another TPM",
     [](machine& m) { m.ak.key = *crypto::private_key::generate(crypto::key_kind::p256); },
     {"bad_signature"}},
  });
}

TEST_CASE("an AK certificate must be for AKs, valid, and from a CA for AKs") {
  check({
    {"no certificate", [](machine& m) { m.carries_ak = false; }, {"missing"}},
    {"one of a TLS server",
     [](machine& m) {
       m.ak = mint(leaf_content("server", std::string{crypto::eku::server_auth}), m.ak_ca);
     },
     {"untrusted"}},
    {"one of a metadata signer",
     [](machine& m) {
       m.ak = mint(leaf_content("signer", std::string{crypto::eku::code_signing}), m.ak_ca);
     },
     {"untrusted"}},
    {"one without an EKU",
     [](machine& m) { m.ak = mint(leaf_content("any"), m.ak_ca); },
     {"untrusted"}},
    {"one of a stranger's CA",
     [](machine& m) {
       m.ak = mint(leaf_content("ak", std::string{crypto::eku::tpm_ak}),
                   mint_root(ca_content("AK CA")));
     },
     {"untrusted"}},
    {"one of the CA for metadata",
     [](machine& m) {
       m.ak = mint(leaf_content("ak", std::string{crypto::eku::tpm_ak}), m.metadata_ca);
     },
     {"untrusted"}},
    {"an expired one",
     [](machine& m) {
       m.ak = mint(valid(leaf_content("ak", std::string{crypto::eku::tpm_ak}), minted_from,
                         minted_now - std::chrono::hours{1}),
                   m.ak_ca);
     },
     {"expired"}},
    {"one that is not valid yet",
     [](machine& m) {
       m.ak = mint(valid(leaf_content("ak", std::string{crypto::eku::tpm_ak}),
                         minted_now + std::chrono::hours{1}, minted_until),
                   m.ak_ca);
     },
     {"expired"}},
    {"bytes that are no certificate",
     [](machine& m) {
       m.spoil_context = [](auto& context) {
         context.collaterals[0].certificates[0] = to_bytes("nonsense");
       };
     },
     {"malformed"}},
  });
}

TEST_CASE("the quote covers exactly the PCRs of the artifacts, in one strong bank") {
  check({
    {"a PCR fewer",
     [](machine& m) { m.spoil_quote = [](auto& quote) { quote.selections[0].second.pop_back(); }; },
     {"tpm.selection"}},
    {"a PCR more",
     [](machine& m) {
       m.spoil_quote = [](auto& quote) { quote.selections[0].second.push_back(16); };
     },
     {"tpm.selection"}},
    {"another PCR",
     [](machine& m) {
       m.spoil_quote = [](auto& quote) { quote.selections[0].second.back() = 16; };
     },
     {"tpm.selection"}},
    {"none",
     [](machine& m) { m.spoil_quote = [](auto& quote) { quote.selections[0].second.clear(); }; },
     {"tpm.selection", "tpm.required_pcrs"}},
    {"no bank",
     [](machine& m) { m.spoil_quote = [](auto& quote) { quote.selections.clear(); }; },
     {"tpm.bank", "tpm.selection", "tpm.required_pcrs"}},
    {"the SHA-1 bank",
     [](machine& m) { m.spoil_quote = [](auto& quote) { quote.selections[0].first = 0x0004; }; },
     {"tpm.bank"}},
    {"two banks",
     [](machine& m) {
       m.spoil_quote = [](auto& quote) { quote.selections.push_back({0x000c, {0}}); };
     },
     {"tpm.bank", "tpm.selection", "tpm.required_pcrs"}},
    {"artifacts in another order",
     [](machine& m) {
       m.spoil_context = [](auto& context) {
         std::swap(context.collaterals[0].artifacts[0], context.collaterals[0].artifacts[1]);
       };
     },
     {"tpm.selection"}},
    {"an artifact twice",
     [](machine& m) {
       m.spoil_context = [](auto& context) {
         auto& artifacts = context.collaterals[0].artifacts;
         artifacts.push_back(artifacts.back());
       };
     },
     {"tpm.selection"}},
    {"a required PCR left out",
     [](machine& m) {
       m.logs.erase(7);
       m.learn();
     },
     {"tpm.required_pcrs"}},
    {"another PCR digest",
     [](machine& m) { m.spoil_quote = [](auto& quote) { quote.pcr_digest[0] ^= 1; }; },
     {"tpm.pcr_digest"}},
    {"an empty PCR digest",
     [](machine& m) { m.spoil_quote = [](auto& quote) { quote.pcr_digest.clear(); }; },
     {"tpm.pcr_digest"}},
  });
}

TEST_CASE("a log that is not what was measured is refused") {
  check({
    {"an event dropped",
     [](machine& m) {
       m.spoil_context = [](auto& context) {
         events_of(context, 0).erase(events_of(context, 0).begin());
       };
     },
     {"tpm.pcr_digest", "tpm.reference"}},
    {"a file's entry dropped",
     [](machine& m) { m.spoil_context = [](auto& context) { events_of(context, 10).pop_back(); }; },
     {"tpm.pcr_digest"}},
    {"events in another order",
     [](machine& m) {
       m.spoil_context = [](auto& context) {
         std::swap(events_of(context, 10)[0], events_of(context, 10)[1]);
       };
     },
     {"tpm.pcr_digest"}},
    {"an event twice",
     [](machine& m) {
       m.spoil_context = [](auto& context) {
         events_of(context, 10).push_back(events_of(context, 10)[0]);
       };
     },
     {"tpm.pcr_digest"}},
    {"an event in another PCR",
     [](machine& m) {
       m.spoil_context = [](auto& context) {
         events_of(context, 9).push_back(events_of(context, 10).back());
         events_of(context, 10).pop_back();
       };
     },
     {"tpm.pcr_digest", "tpm.event"}},
    {"an event changed",
     [](machine& m) {
       m.spoil_context = [](auto& context) {
         events_of(context, 10)[1] = file_event("/usr/bin/program-1", to_bytes("other"));
       };
     },
     {"tpm.pcr_digest", "tpm.event"}},
    {"an extend that is not logged",
     [](machine& m) {
       const auto logged = m.logs[10];
       m.logs[10].push_back(file_event("/tmp/evil", to_bytes("evil")));
       m.spoil_context = [=](auto& context) { events_of(context, 10) = logged; };
     },
     {"tpm.pcr_digest"}},
    {"no log at all",
     [](machine& m) {
       m.spoil_context = [](auto& context) {
         for (auto& artifact : context.collaterals[0].artifacts)
           artifact.events.clear();
       };
     },
     {"tpm.pcr_digest", "tpm.reference"}},
  });
}

TEST_CASE("what the manifests do not list is refused, and what they list must be there") {
  check({
    {"a file that no manifest lists",
     [](machine& m) { m.logs[10].push_back(file_event("/tmp/evil", to_bytes("evil"))); },
     {"tpm.event"}},
    {"a file with other content",
     [](machine& m) { m.logs[10][0] = file_event("/usr/bin/program-0", to_bytes("evil")); },
     {"tpm.event"}},
    {"a listed file in another PCR",
     [](machine& m) { m.logs[9].push_back(m.logs[10][0]); },
     {"tpm.event"}},
    {"a boot event that must be there",
     [](machine& m) { m.logs[4].pop_back(); },
     {"tpm.reference"}},
    {"a PCR that the quote does not cover, though optional",
     [](machine& m) { m.logs.erase(10); },
     {"tpm.reference"}},
    {"no reference value at all",
     [](machine& m) {
       for (auto& manifest : m.manifests)
         manifest.components.clear();
     },
     {"tpm.event", "tpm.reference"}},
    {"a measurement violation, even if a manifest lists it",
     [](machine& m) {
       auto violation = file_event("/usr/bin/racy", to_bytes("x"));
       violation.properties.pop_back();
       violation.hashes = {*digest::from(hash_algorithm::sha256, bytes(32, 0xff))};
       m.logs[10].push_back(violation);
       m.learn();
     },
     {"tpm.ima_violation"}},
    {"reference values of an unknown trust anchor",
     [](machine& m) { m.manifests[0].components[0].properties[0].value = "XYZ"; },
     {"reference.trust_anchor", "tpm.event"}},
    {"reference values for software evidence that is not there",
     [](machine& m) {
       auto component = m.manifests[2].components.back();
       component.properties[0].value = "SW";
       m.manifests[2].components.push_back(component);
     },
     {"reference.evidence"}},
  });
}

TEST_CASE("a start value is the one that reset leaves, once, in front") {
  const auto start = [](std::uint32_t pcr, std::uint8_t last) {
    auto out = boot_event(pcr, "TPM_PCR_INIT_VALUE", {});
    out.properties.pop_back();
    digest value{hash_algorithm::sha256};
    value.bytes_mut().back() = last;
    out.hashes = {value};
    return out;
  };
  for (const auto locality : bytes{0, 3, 4}) {
    machine good;
    good.logs[0].insert(good.logs[0].begin(), start(0, locality));
    good.learn();
    CHECK(faults(good) == codes{});
  }
  const auto put = [&](std::uint32_t pcr, std::size_t at, std::uint8_t last) {
    return [=](machine& m) {
      m.logs[pcr].insert(m.logs[pcr].begin() + static_cast<std::ptrdiff_t>(at), start(pcr, last));
      m.learn();
    };
  };
  check({
    {"an invented value in PCR 0", put(0, 0, 5), {"tpm.initial_value", "tpm.pcr_digest"}},
    {"a locality in PCR 1", put(1, 0, 3), {"tpm.initial_value", "tpm.pcr_digest"}},
    {"behind an extend", put(0, 1, 0), {"tpm.initial_value", "tpm.pcr_digest"}},
    {"another locality than the manifests list",
     [&](machine& m) {
       m.logs[0].insert(m.logs[0].begin(), start(0, 0));
       m.learn();
       m.logs[0][0] = start(0, 3);
     },
     {"tpm.reference"}},
  });
}

TEST_CASE("what an event says of itself must be what was measured") {
  check({
    {"other bytes under a digest that covers them",
     [](machine& m) {
       m.spoil_context = [](auto& context) {
         events_of(context, 0)[0].properties.back().value = "AAAA";
       };
     },
     {"tpm.event_content"}},
    {"other template data of a file",
     [](machine& m) {
       m.spoil_context = [](auto& context) {
         events_of(context, 10)[0].properties.back().value = "AAAA";
       };
     },
     {"tpm.event_content"}},
    {"another path than was measured",
     [](machine& m) {
       m.spoil_context = [](auto& context) { events_of(context, 10)[0].description = "/bin/true"; };
     },
     {"tpm.event_content"}},
  });
}

TEST_CASE("a log without content is a warning, unless the policy names the rule") {
  machine silent;
  silent.spoil_context = [](auto& context) {
    for (auto& artifact : context.collaterals[0].artifacts)
      for (auto& event : artifact.events)
        event.properties.pop_back();
  };
  CHECK(appraise(silent, silent.report()).summary.says == status::warn);
  appraisal::policy lenient;
  lenient.not_checked = {"tpm.event_content"};
  CHECK(appraise(silent, silent.report(), lenient).summary.says == status::success);
}

TEST_CASE("which evidence there is, is judged") {
  check({
    {"no evidence",
     [](machine& m) { m.spoil_report = [](auto& r) { r.evidences.clear(); }; },
     {"evidence.present", "evidence.required", "evidence.collateral", "reference.evidence",
      "metadata.certification_level"}},
    {"an evidence twice",
     [](machine& m) {
       m.spoil_report = [](auto& report) { report.evidences.push_back(report.evidences[0]); };
     },
     {"evidence.required", "evidence.unique", "evidence.collateral"}},
    {"an unknown type",
     [](machine& m) {
       m.spoil_report = [](auto& report) {
         report.evidences.push_back({"XYZ Evidence", bytes(4), {}, {}});
       };
     },
     {"evidence.known"}},
    {"a collateral twice",
     [](machine& m) {
       m.spoil_context = [](auto& context) {
         context.collaterals.push_back(context.collaterals[0]);
       };
     },
     {"evidence.collateral"}},
    {"evidence without collateral",
     [](machine& m) { m.spoil_context = [](auto& context) { context.collaterals.clear(); }; },
     {"evidence.collateral"}},
    {"collateral without evidence",
     [](machine& m) {
       m.spoil_context = [](auto& context) {
         context.collaterals.emplace_back().type = report::sw_evidence;
       };
     },
     {"evidence.collateral"}},
  });
}

TEST_CASE("metadata is named by its digest and nothing else") {
  check({
    {"an item changed",
     [](machine& m) {
       m.spoil_context = [](auto& context) { context.metadata.at(context.digests[0]).back() ^= 1; };
     },
     {"metadata.digest", "metadata.image_description"}},
    {"an item missing",
     [](machine& m) {
       m.spoil_context = [](auto& context) { context.metadata.erase(context.digests[0]); };
     },
     {"not_cached", "metadata.image_description"}},
    {"an item that no digest names",
     [](machine& m) {
       m.spoil_context = [](auto& context) { context.metadata[std::string(64, '0')] = bytes(4); };
     },
     {"metadata.digest"}},
    {"a digest twice",
     [](machine& m) {
       m.spoil_context = [](auto& context) { context.digests.push_back(context.digests[0]); };
     },
     {"metadata.digest"}},
  });
}

TEST_CASE("a context hashed with what is no longer strong is refused") {
  check({
    {"MD5",
     [](machine& m) { m.spoil_context = [](auto& c) { c.hash_name = "MD5"; }; },
     {"context.hash"}},
    {"SHA-1",
     [](machine& m) { m.spoil_context = [](auto& c) { c.hash_name = "SHA-1"; }; },
     {"context.hash"}},
  });
}

TEST_CASE("metadata is signed by those who may, in time, and as it stands") {
  const codes unsigned_layers{"metadata.image_description", "metadata.root_manifest",
                              "metadata.certification_level", "tpm.event", "tpm.reference"};
  const auto with = [&](std::string code) {
    auto out = unsigned_layers;
    out.insert(std::move(code));
    return out;
  };
  check({
    {"a stranger",
     [](machine& m) {
       m.signer = mint(leaf_content("Signer", std::string{crypto::eku::code_signing}),
                       mint_root(ca_content("Metadata CA")));
     },
     with("untrusted")},
    {"the CA for AKs",
     [](machine& m) {
       m.signer = mint(leaf_content("Signer", std::string{crypto::eku::code_signing}), m.ak_ca);
     },
     with("untrusted")},
    {"a TLS server's certificate",
     [](machine& m) {
       m.signer = mint(leaf_content("Signer", std::string{crypto::eku::server_auth}),
                       m.metadata_ca);
     },
     with("untrusted")},
    {"an expired signer",
     [](machine& m) {
       m.signer = mint(valid(leaf_content("Signer", std::string{crypto::eku::code_signing}),
                             minted_from, minted_now - std::chrono::hours{1}),
                       m.metadata_ca);
     },
     with("expired")},
    {"another key than the certificate's",
     [](machine& m) { m.signer.key = *crypto::private_key::generate(crypto::key_kind::p256); },
     with("bad_signature")},
    {"no certificate", [](machine& m) { m.carries_signer = false; }, with("missing")},
    {"a manifest that has expired",
     [](machine& m) { m.manifests[1].info.valid->not_after = minted_now - std::chrono::hours{1}; },
     {"expired"}},
    {"a manifest that is not valid yet",
     [](machine& m) { m.manifests[1].info.valid->not_before = minted_now + std::chrono::hours{1}; },
     {"expired"}},
    {"a manifest without validity",
     [](machine& m) { m.manifests[1].info.valid.reset(); },
     {"metadata.validity"}},
  });
}

TEST_CASE("a policy demands a certification level") {
  const machine good;
  appraisal::policy strict;
  strict.minimum_certification_level = 4;
  CHECK(faults(appraise(good, good.report(), strict)) == codes{"metadata.certification_level"});
}

TEST_CASE("a policy demands the root of the TPM's certificate by fingerprint") {
  machine good;
  appraisal::policy strict;
  strict.require_ca_fingerprints = true;
  CHECK(faults(appraise(good, good.report(), strict)) == codes{"tpm.ca_fingerprint"});
  good.manifests[0].ca_fingerprints = {hex(good.ak_ca.certificate.sha256().view())};
  CHECK(faults(appraise(good, good.report(), strict)) == codes{});
}

TEST_CASE("no byte of a report may change, but for what the prover calls itself") {
  machine victim{1};
  for (const auto as : {report::encoding::cbor, report::encoding::json}) {
    victim.as = as;
    const auto good = victim.report();
    const auto name_begins = to_text(good).find("machine") - std::string{"\"name\":\""}.size();
    for (std::size_t at = 0; at < good.size(); at += 29) { // other bytes each time: keys are new
      if (at >= name_begins && at < name_begins + 16)
        continue;
      CAPTURE(at);
      auto bad = good;
      bad[at] ^= 0x04;
      CHECK(appraise(victim, bad).summary.says == status::fail);
    }
  }
}

TEST_CASE("a truncated report, random bytes and nothing are no reports") {
  const machine victim{1};
  const auto good = victim.report();
  for (std::size_t size = 0; size < good.size(); size += 101) {
    CAPTURE(size);
    const auto result = appraise(victim, byte_view{good}.first(size));
    CHECK(result.summary.says == status::fail);
    CHECK(result.findings.at(0).rule == "report.format");
  }
  for (const bytes& garbage : {to_bytes("{}"), to_bytes("[]"), to_bytes("null"), bytes(64, 0xff),
                               bytes{0xa0}, to_bytes(std::string(1000, '['))}) {
    const auto result = appraise(victim, garbage);
    CHECK(result.summary.says == status::fail);
    CHECK(result.findings.at(0).rule == "report.format");
    CHECK(!report::write_result(result, report::encoding::json).empty());
  }
}

TEST_CASE("a value that no manifest has lets its measurement pass only where the policy says so") {
  machine changed;
  changed.logs[4].push_back(boot_event(4, "EV_EFI_ACTION", to_bytes("another loader")));
  const auto report = changed.report();
  CHECK(faults(appraise(changed, report)).contains("tpm.event"));
  auto value = changed.logs[4].back();
  value.name = "a loader of nobody's";
  value.optional = true;
  value.properties = {{std::string{report::property_trust_anchor}, "TPM"},
                      {std::string{report::property_index}, "4"}};
  const auto given = [&](const report::component& one, std::optional<time_point> until = {}) {
    return std::make_shared<const endorsement::provisioned_set>(
      endorsement::provisioned_set{{one, until}});
  };
  const auto anchors = changed.anchors();
  const auto judge = [&](bool accepts, const auto& provisioned) {
    appraisal::policy rules;
    rules.accept_provisioned_values = accepts;
    appraisal::inputs in{report, changed.nonce, rules, anchors, minted_now};
    in.provisioned = provisioned;
    return appraisal::appraise(in);
  };
  const auto passed = judge(true, given(value));
  CHECK(faults(passed) == codes{});
  CHECK(passed.summary.says == status::success);
  const auto& events = passed.measurements.at(0).artifacts;
  CHECK(std::ranges::any_of(events, [](const auto& one) {
    return one.what != nullptr && one.what->name == "a loader of nobody's";
  }));
  CHECK(faults(judge(false, given(value))).contains("tpm.event"));
  CHECK(
    faults(judge(true, given(value, minted_now - std::chrono::seconds{1}))).contains("tpm.event"));
  auto elsewhere = value;
  elsewhere.properties.back().value = "5";
  CHECK(faults(judge(true, given(elsewhere))).contains("tpm.event"));
  CHECK(faults(judge(true, nullptr)).contains("tpm.event"));

  // One that was not measured is no reason to fail: nobody said that it must be.
  const machine good;
  const auto unchanged = good.report();
  const auto trusted = good.anchors();
  appraisal::policy rules;
  rules.accept_provisioned_values = true;
  appraisal::inputs in{unchanged, good.nonce, rules, trusted, minted_now};
  auto of_snp = value;
  of_snp.properties = {{std::string{report::property_trust_anchor}, "SNP"}};
  in.provisioned = std::make_shared<const endorsement::provisioned_set>(
    endorsement::provisioned_set{{value, {}}, {of_snp, {}}});
  CHECK(faults(appraisal::appraise(in)) == codes{});
}

TEST_SUITE_END();
