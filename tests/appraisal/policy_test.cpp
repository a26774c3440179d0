#include "shared/appraisal/appraise.hpp"
#include "tests/support/minted_machine.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>

using namespace troth;
using namespace troth::appraisal;
using namespace troth::testing;
using nlohmann::json;

namespace {

policy good(const json& text) {
  return minted(parse_policy(text.dump()));
}

void check_refused(errc code, const std::string& where, const json& text) {
  CAPTURE(text.dump());
  const auto read = parse_policy(text.dump());
  REQUIRE(!read);
  CHECK(name(read.error().code) == name(code));
  CHECK(read.error().where.starts_with(where));
}

/// A good value of every member, but for `base`.
const std::map<std::string, json> members{
  {"name", "mine"},
  {"version", "3"},
  {"notChecked", {"tpm.event_content"}},
  {"requiredEvidence", {"TPM Evidence"}},
  {"acceptSoftwareEvidence", true},
  {"acceptSimulatedEvidence", true},
  {"separateRoots", false},
  {"requireSignerEku", false},
  {"requireAkEku", false},
  {"requireReferenceValues", false},
  {"requireCaFingerprints", true},
  {"requiredPcrs", {0, 7}},
  {"acceptPcrSummary", true},
  {"acceptProvisionedValues", true},
  {"minimumCertificationLevel", 2},
  {"signers", {{{"organizations", {"Troth tests"}}}}},
  {"maximumMetadataAgeDays", 30},
  {"minimumNonceBytes", 32},
  {"maximumNonceBytes", 32},
};

std::set<std::string> failures(const machine& from, const policy& rules) {
  const auto anchors = from.anchors();
  std::set<std::string> out;
  for (const auto& finding :
       appraise({from.report(), from.nonce, rules, anchors, minted_now}).findings)
    if (finding.says == report::outcome::fail)
      out.insert(std::string{finding.rule});
  return out;
}

json schema() {
  std::ifstream in{TROTH_SOURCE_DIR "/docs/policy.schema.json"};
  return json::parse(in);
}

} // namespace

TEST_SUITE_BEGIN("appraisal/policy");

TEST_CASE("a policy is named by name and version, and known by its digest") {
  const auto rules = good({{"name", "mine"}, {"version", "3"}});
  CHECK(id_of(rules) == "mine@3");
  CHECK(rules.digest.size() == 64);
  CHECK(rules.digest != good({{"name", "mine"}, {"version", "4"}}).digest);
  CHECK(id_of(*built_in_policy("default")) == "default");
  machine from;
  const auto anchors = from.anchors();
  CHECK(appraise({from.report(), from.nonce, rules, anchors, minted_now}).policy == "mine@3");
}

TEST_CASE("each member is read, and one of another form is refused") {
  for (const auto& [key, value] : members) {
    CAPTURE(key);
    CHECK(parse_policy(json{{key, value}}.dump()));
    check_refused(errc::malformed, "policy." + key, {{key, json::object()}});
  }
}

TEST_CASE("what nobody reads is refused, so that no rule is left out by a slip") {
  check_refused(errc::unknown_key, "policy.requirePcrs", {{"requirePcrs", {0}}});
  check_refused(errc::malformed, "policy.base", {{"base", "lax"}});
  check_refused(errc::malformed, "policy.base", {{"base", 1}});
  check_refused(errc::malformed, "policy.requiredEvidence", {{"requiredEvidence", {"TPM"}}});
  check_refused(errc::malformed, "policy.signerPolicies",
                {{"signerPolicies", {{"manifest", {"1.2.3"}}}}});
  check_refused(errc::conflict, "policy.minimumNonceBytes",
                {{"minimumNonceBytes", 32}, {"maximumNonceBytes", 16}});
  check_refused(errc::malformed, "policy.notChecked", {{"notChecked", {"tpm.signature"}}});
  check_refused(errc::malformed, "policy.notChecked", {{"notChecked", {"tpm.no_such_rule"}}});
  check_refused(errc::malformed, "policy.name", {{"name", ""}});
  check_refused(errc::malformed, "policy.version", {{"version", std::string(65, '1')}});
  check_refused(errc::malformed, "policy.requiredPcrs", {{"requiredPcrs", {24}}});
  check_refused(errc::malformed, "policy: not an object", json::array());
  CHECK(parse_policy(R"({"name":"a","name":"b"})").error().code == errc::malformed);
}

TEST_CASE("conditions on signers that say nothing, or too much, are refused") {
  const auto signers = [](json value) {
    return json{{"signers", json::array({std::move(value)})}};
  };
  check_refused(errc::missing, "policy.signers", signers(json::object()));
  check_refused(errc::missing, "policy.signers", signers({{"kinds", {"Manifest"}}}));
  check_refused(errc::unknown_key, "policy.signers.organisation", signers({{"organisation", "x"}}));
  check_refused(errc::malformed, "policy.signers.countries", signers({{"countries", "DE"}}));
  check_refused(errc::malformed, "policy.signers.countries",
                signers({{"countries", json::array()}}));
  check_refused(errc::malformed, "policy.signers.kinds",
                signers({{"kinds", {"Manifesto"}}, {"countries", {"DE"}}}));
  check_refused(errc::malformed, "policy.signers.minimum", signers({{"minimum", 0}}));
  check_refused(errc::malformed, "policy.signers.minimum", signers({{"minimum", 17}}));
}

TEST_CASE("a signer must be who the policy says") {
  const machine from;
  const auto with = [](json condition) {
    return good({{"signers", json::array({std::move(condition)})}});
  };
  using rules = std::set<std::string>;
  CHECK(failures(from, with({{"organizations", {"Other", "Troth tests"}}})) == rules{});
  CHECK(failures(from, with({{"commonNames", {"Signer"}}})) == rules{});
  CHECK(failures(from, with({{"organizations", {"Troth"}}})) == rules{"policy.signers"});
  CHECK(failures(from, with({{"countries", {"DE"}}})) == rules{"policy.signers"});
  CHECK(failures(from, with({{"organizationalUnits", {"Board"}}})) == rules{"policy.signers"});
  CHECK(failures(from, with({{"commonNames", {"Signer"}}, {"countries", {"DE"}}}))
        == rules{"policy.signers"});
}

TEST_CASE("a condition is on the items of its kinds only") {
  const machine from;
  const auto rules = [](const char* kind) {
    return good({{"signers", {{{"kinds", {kind}}, {"countries", {"DE"}}}}}});
  };
  CHECK(failures(from, rules("Company Description")).empty()); // the machine has none
  CHECK(failures(from, rules("Manifest")).contains("policy.signers"));
}

TEST_CASE("two signers are two keys") {
  CHECK(failures(machine{}, good({{"signers", {{{"minimum", 2}}}}}))
        == std::set<std::string>{"policy.signers"});
}

TEST_CASE("metadata must not be older than the policy says") {
  machine from;
  for (auto& each : from.manifests)
    each.info.version = format_time(minted_now - std::chrono::days{10});
  from.image.info.version = format_time(minted_now - std::chrono::days{10});
  CHECK(failures(from, good({{"maximumMetadataAgeDays", 10}})).empty());
  CHECK(failures(from, good({{"maximumMetadataAgeDays", 9}}))
        == std::set<std::string>{"policy.metadata_age"});
}

TEST_CASE("the published schema names each member of a policy, and no other") {
  const auto properties = schema().at("properties");
  for (const auto& [key, value] : members) {
    CAPTURE(key);
    CHECK(properties.contains(key));
  }
  for (const auto& [key, value] : properties.items()) {
    CAPTURE(key);
    const auto wrong = parse_policy(json{{key, nullptr}}.dump());
    REQUIRE(!wrong); // null is no value of any member
    CHECK(wrong.error().code != errc::unknown_key);
  }
  CHECK(schema().at("additionalProperties") == false);
}

TEST_CASE("what the published schema lets a member be is what is read") {
  const auto properties = schema().at("properties");
  for (const auto& type : properties.at("requiredEvidence").at("items").at("enum"))
    CHECK(parse_policy(json{{"requiredEvidence", {type}}}.dump()));
  for (const auto& kind : properties.at("signerPolicies").at("propertyNames").at("enum"))
    CHECK(parse_policy(json{{"signerPolicies", {{kind, {"1.2.3"}}}}}.dump()));
  const std::regex ranges{properties.at("authority")
                            .at("additionalProperties")
                            .at("items")
                            .at("pattern")
                            .get<std::string>()};
  for (const std::string range :
       {"TPM", "TPM 0-7", "TDX 1", "SNP", "SGX", "IAS", "SW", "GPU", "TPM x"}) {
    CAPTURE(range);
    CHECK(std::regex_match(range, ranges)
          == parse_policy(json{{"authority", {{"rtm", {range}}}}}.dump()).has_value());
  }
}

TEST_SUITE_END();
