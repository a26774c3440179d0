#include "shared/appraisal/containers.hpp"

#include "shared/appraisal/oci_rules.hpp"
#include "shared/codec/canonical_json.hpp"
#include "shared/endorsement/container_configuration.hpp"

#include <doctest/doctest.h>

using namespace troth;
using nlohmann::json;

namespace {

const bytes rootfs(32, 7);

json configuration() {
  return json::parse(R"({"process":{"args":["/bin/sh"],"cwd":"/","env":["A=1","HOME=/root"],
    "user":{"uid":0,"gid":0}},"mounts":[{"source":"proc","destination":"/proc"}],
    "linux":{"maskedPaths":["/proc/kcore","/proc/acpi"]}})");
}

digest sha256(const bytes& of) {
  return *digest::from(hash_algorithm::sha256, of);
}

report::component reference() {
  report::component out;
  out.hashes = {sha256(rootfs)};
  out.container = report::container_data{{}, {}, {configuration()}};
  return out;
}

/// The event of a container that was started with this.
report::component event_of(const json& started_with) {
  report::component out;
  const auto config = endorsement::configuration_hash({started_with});
  out.hashes = {endorsement::container_hash(config.view(), rootfs)};
  out.container = report::container_data{copy(config.view()), rootfs, {started_with}};
  return out;
}

errc code_of(const result<void>& matched) {
  REQUIRE(!matched);
  return matched.error().code;
}

errc match(const report::component& event, const json& rules = nullptr) {
  const codec::free_object given{rules};
  return code_of(appraisal::match_container(reference(), &given, event));
}

result<void> check(const json& reference, const json& measured, const json& rules) {
  const codec::free_object given{rules};
  return appraisal::check_configuration({reference}, {measured}, &given);
}

} // namespace

TEST_SUITE_BEGIN("appraisal/containers");

TEST_CASE("a container that is started as the reference says is the reference's") {
  CHECK(appraisal::match_container(reference(), nullptr, event_of(configuration())));
  auto silent = event_of(configuration());
  silent.container->oci_spec = {};
  CHECK(appraisal::match_container(reference(), nullptr, silent)); // its hash says enough
}

TEST_CASE("a container that differs is let through by a rule alone") {
  auto other = configuration();
  other["process"]["env"] = {"A=2", "HOME=/root"};
  CHECK(name(match(event_of(other))) == name(errc::conflict));
  const codec::free_object rules{{{"process", {{"env", "replace:A=*"}}}}};
  CHECK(appraisal::match_container(reference(), &rules, event_of(other)));
}

TEST_CASE("what an event says of itself is believed if it gives the digest that was measured") {
  auto other = configuration();
  other["process"]["args"] = {"/bin/evil"};
  auto lying = event_of(other);
  lying.container->oci_spec = {configuration()}; // under the hash of another
  CHECK(name(match(lying)) == name(errc::bad_signature));
  auto renamed = event_of(other);
  renamed.container->config_sha256
    = copy(endorsement::configuration_hash({configuration()}).view());
  CHECK(name(match(renamed)) == name(errc::bad_signature));
  auto moved = event_of(configuration());
  moved.container->rootfs_sha256 = bytes(32, 8);
  CHECK(name(match(moved)) == name(errc::conflict));
  CHECK(name(match({})) == name(errc::conflict));
  auto mute = event_of(other);
  mute.container->oci_spec = {};
  const json lenient{{"process", {{"args", "modifiable"}}}};
  CHECK(name(match(mute, lenient)) == name(errc::bad_signature));
}

TEST_CASE("a rule that is none lets nothing differ") {
  const json reference{{"list", {{{"a", 1}}}}, {"env", {"A=1"}}};
  const json measured{{"list", {{{"a", 2}}}}, {"env", {"A=2"}}};
  for (const auto& rules :
       {json{{"list", {"modifiable"}}, {"env", "modifiable"}},
        json{{"list", "anything"}, {"env", "modifiable"}}, json{{"list", 1}, {"env", "modifiable"}},
        json{{"list", true}, {"env", "modifiable"}},
        json{{"list", "modifiable"}, {"env", "replace:A=2"}},
        json{{"list", "modifiable"}, {"env", "replace:A"}},
        json{{"list", "modifiable"}, {"env", "replace:=*"}},
        json{{"list", "modifiable"}, {"env", "replace:A=*;other:B=*"}}}) {
    CAPTURE(rules.dump());
    CHECK(name(code_of(check(reference, measured, rules))) == name(errc::malformed));
  }
  CHECK(check(reference, measured, {{"list", "modifiable"}, {"env", "replace:A=*"}}));
}

TEST_CASE("what the reference does not have is refused, unless a rule adds it") {
  const json reference{{"process", {{"cwd", "/"}}}};
  auto measured = reference;
  measured["process"]["terminal"] = "yes";
  for (const auto& rules : {json::object(), json{{"process", json::object()}},
                            json{{"process", {{"terminal", "optional"}}}},
                            json{{"process", {{"terminal", "additional:no"}}}}}) {
    CAPTURE(rules.dump());
    CHECK(name(code_of(check(reference, measured, rules))) == name(errc::conflict));
  }
  for (const auto* const rule : {"additional", "additional:yes"})
    CHECK(check(reference, measured, {{"process", {{"terminal", rule}}}}));
}

TEST_CASE("items of an array are as many as the reference's, and each is as it or its rule says") {
  const json reference{{"mounts", {{{"at", "/a"}}, {{"at", "/b"}}}}};
  const json of_first{{"mounts", {{{"at", "modifiable"}}}}};
  const auto with = [](json mounts) { return json{{"mounts", std::move(mounts)}}; };
  CHECK(check(reference, with({{{"at", "/x"}}, {{"at", "/b"}}}), of_first));
  for (const auto& mounts : {json{{{"at", "/x"}}, {{"at", "/x"}}}, json{{{"at", "/x"}}},
                             json{{{"at", "/a"}}, {{"at", "/b"}}, {{"at", "/b"}}}, json::array()}) {
    CAPTURE(mounts.dump());
    CHECK(name(code_of(check(reference, with(mounts), of_first))) == name(errc::conflict));
  }
  const json too_many{{"mounts", json::array({json::object(), json::object(), json::object()})}};
  CHECK(name(code_of(check(reference, reference, too_many))) == name(errc::conflict));
}

TEST_CASE("a variable may be added with the value that its rule says") {
  const json reference{{"env", {"A=1"}}};
  const json rules{{"env", "additional:B=2,C=*"}};
  CHECK(check(reference, {{"env", {"A=1", "B=2", "C=7"}}}, rules));
  for (const auto* const more : {"B=3", "B", "D=1", "A=1"})
    CHECK(name(code_of(check(reference, {{"env", {"A=1", more}}}, rules))) == name(errc::conflict));
}

TEST_CASE("a variable that may be replaced is one that the reference has") {
  const json reference{{"env", {"A=1"}}};
  const json measured{{"env", {"A=1", "B=2"}}};
  CHECK(check(reference, measured, {{"env", "additional:B=*"}}));
  CHECK(name(code_of(check(reference, measured, {{"env", "replace:B=*;additional:B=*"}})))
        == name(errc::conflict));
}

TEST_CASE("a difference is named by its place") {
  auto other = configuration();
  other["process"]["user"]["uid"] = 1;
  const auto checked = check(configuration(), other, nullptr);
  REQUIRE(!checked);
  CHECK(checked.error().where == "configuration.process: not as the reference, and no rule");
  const auto deeper = check(configuration(), other, {{"process", {{"user", json::object()}}}});
  REQUIRE(!deeper);
  CHECK(deeper.error().where
        == "configuration.process.user.uid: not as the reference, and no rule");
}

TEST_CASE("what has no order is hashed in one, and what has keeps it") {
  auto turned = configuration();
  turned["linux"]["maskedPaths"] = {"/proc/acpi", "/proc/kcore"};
  turned["process"]["env"] = {"HOME=/root", "A=1"};
  CHECK(endorsement::configuration_hash({turned})
        == endorsement::configuration_hash({configuration()}));
  auto args = configuration();
  args["process"]["args"] = {"b", "a"};
  auto turned_args = args;
  turned_args["process"]["args"] = {"a", "b"};
  CHECK(endorsement::configuration_hash({args}) != endorsement::configuration_hash({turned_args}));
}

TEST_CASE("a configuration is normalised: what differs from start to start goes") {
  const std::string id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  const auto text = R"({"hostname":"h","annotations":{"a":"b"},"root":{"path":"/x"},
    "process":{"terminal":true,"consoleSize":{"height":1},"args":["/run/)"
                    + id + R"(","0123456789ab"],"noNewPrivileges":false},
    "mounts":[{"source":"/var/lib/docker/volumes/x/_data","destination":"/v"},
     {"source":"/run/kata-containers/shared/containers/)"
                    + id + R"(-a1b2c3d4e5f60718-hosts","destination":"/etc/hosts"}],
    "hooks":{"prestart":[{"path":"/proc/1/exe",
      "args":["libnetwork-setkey","x","y","0a1b2c3d4e5f"]}]},"linux":{"sysctl":{},"resources":{}}})";
  const auto made = endorsement::normalize_configuration(
    id, text, [](const std::string& path) -> result<std::string> { return "/usr" + path; });
  REQUIRE(made);
  CHECK(codec::canonical_json(made->value)
        == R"({"hooks":{"prestart":[{"args":["libnetwork-setkey","x","y",)"
           R"("<docker-network-controller-id>"],"path":"/usr/proc/1/exe"}]},)"
           R"("linux":{"resources":{}},"mounts":[{"destination":"/etc/hosts",)"
           R"("source":"/run/kata-containers/shared/containers/<container-id>-)"
           R"(<kata-mount-hash>-hosts"},{"destination":"/v","source":"<docker-volume>"}],)"
           R"("process":{"args":["/run/<container-id>","<container-id>"]}})");
  const auto no_link = [](const std::string&) -> result<std::string> {
    return error{errc::not_found, "link"};
  };
  CHECK(endorsement::normalize_configuration(id, text, no_link).error().code == errc::not_found);
  CHECK(endorsement::normalize_configuration("", "{}", no_link).error().code == errc::malformed);
  CHECK(endorsement::normalize_configuration("x", "{}", no_link).error().code == errc::malformed);
}

TEST_CASE("what says nothing is left out, unless it must be there or is known to be") {
  const auto uniform = [](const char* text) {
    return codec::canonical_json(endorsement::uniform_configuration({json::parse(text)}).value);
  };
  CHECK(uniform(R"({"a":null,"b":"","c":[],"d":false,"linux":{},"annotations":{}})")
        == R"({"linux":{}})");
  CHECK(uniform(R"({"linux":{"resources":{"memory":{"disableOOMKiller":false,"limit":0}}}})")
        == R"({"linux":{"resources":{"memory":{"disableOOMKiller":false,"limit":0}}}})");
  CHECK(uniform(R"({"linux":{"sysctl":{"a":""},"resources":{"devices":[{"allow":false}]}}})")
        == R"({"linux":{"resources":{"devices":[{"allow":false}]},"sysctl":{"a":""}}})");
  CHECK(uniform(R"({"process":{"cwd":"","scheduler":{"policy":"","nice":0,"period":0}}})")
        == R"({"process":{"cwd":"","scheduler":{"policy":""}}})");
  CHECK(uniform(R"({"linux":{"resources":{"cpu":{"period":0}}},"n":[{"valueTwo":0,"value":0}]})")
        == R"({"linux":{"resources":{"cpu":{"period":0}}},"n":[{"value":0}]})");
  CHECK(endorsement::configuration_hash({json::parse(R"({"process":{"terminal":false}})")})
        == endorsement::configuration_hash({json::parse(R"({"process":{}})")}));
}

TEST_CASE("canonical JSON is that of RFC 8785") {
  const auto written = [](const char* text) { return codec::canonical_json(json::parse(text)); };
  CHECK(written(R"({"b":1,"a":[true,null,"\u00e9\n"]})")
        == "{\"a\":[true,null,\"\xc3\xa9\\n\"],\"b\":1}");
  // Appendix B
  CHECK(written("[0.0,-0.0,5e-324,-5e-324,1.7976931348623157e308]")
        == "[0,0,5e-324,-5e-324,1.7976931348623157e+308]");
  CHECK(written("[9007199254740992.0,295147905179352825856.0,9.999999999999997e22,1e23]")
        == "[9007199254740992,295147905179352830000,9.999999999999997e+22,1e+23]");
  CHECK(
    written(
      "[1e21,999999999999999700000.0,0.000001,1e-7,333333333.33333329,-0.0000033333333333333333]")
    == "[1e+21,999999999999999700000,0.000001,1e-7,333333333.3333333,-0.0000033333333333333333]");
  // 3.2.3: UTF-16 order
  CHECK(written("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,"
                "\"\\u00f6\":7}")
        == "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,"
           "\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}");
}

TEST_SUITE_END();
