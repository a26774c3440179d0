#include "tools/testtool/ocsf.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace troth;
using namespace troth::testtool;
using nlohmann::json;

namespace {

constexpr time_point later{std::chrono::hours{1}};

bytes some(std::size_t size) {
  return bytes(size, 0xff);
}

result_view refused() {
  result_view out;
  out.prover = "machine";
  out.created = "2026-11-24T10:00:00Z";
  out.policy = "default";
  out.findings = {{"tpm.nonce", "pass", "", "", "", "", "", ""},
                  {"tpm.event", "fail", "/usr/bin/door", "mismatch", std::string(64, 'a'),
                   "a reference value of PCR 10", "5.2", ""},
                  {"metadata.validity", "fail", "", "expired", "yesterday", "today", "", ""}};
  return out;
}

} // namespace

TEST_SUITE_BEGIN("tools/ocsf");

TEST_CASE("each rule that failed is a detection finding") {
  const auto events = detection_findings(refused(), later, some);
  REQUIRE(events.size() == 2);
  const auto first = json::parse(events[0]);
  CHECK(first["class_uid"] == 2004);
  CHECK(first["category_uid"] == 2);
  CHECK(first["activity_id"] == 1);
  CHECK(first["type_uid"] == 2004 * 100 + 1);
  CHECK(first["severity_id"] == 4);
  CHECK(first["time"] == 1795514400000);
  CHECK(first["finding_info"]["title"] == "tpm.event: /usr/bin/door");
  CHECK(first["finding_info"]["uid"] == "ffffffff-ffff-4fff-bfff-ffffffffffff");
  CHECK(first["device"]["hostname"] == "machine");
  CHECK(first["unmapped"]["code"] == "mismatch");
  const auto& file = first["evidences"][0]["file"];
  CHECK(file["name"] == "/usr/bin/door");
  CHECK(file["hashes"][0]["algorithm_id"] == 3);
  CHECK(file["hashes"][0]["value"] == std::string(64, 'a'));
  const auto second = json::parse(events[1]);
  CHECK(second["finding_info"]["title"] == "metadata.validity");
  CHECK(second["finding_info"]["desc"] == "got yesterday, expected today");
  CHECK(!second.contains("evidences"));
}

TEST_CASE("a success is no finding") {
  auto good = refused();
  good.says = verdict::success;
  CHECK(detection_findings(good, later, some).empty());
}

TEST_CASE("a refusal that names no rule is one finding, of now if it has no time") {
  result_view from;
  from.prover = "machine \xff";
  const auto events = detection_findings(from, later, some);
  REQUIRE(events.size() == 1);
  CHECK(json::parse(events[0])["time"] == 3'600'000);
  from.says = verdict::warn;
  CHECK(json::parse(detection_findings(from, later, some).at(0))["severity_id"] == 3);
}

TEST_SUITE_END();
