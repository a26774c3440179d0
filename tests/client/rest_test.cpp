#include "shared/client/rest.hpp"

#include "tests/support/hex.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vector>

using namespace troth;
using namespace troth::testing;
using namespace troth::client;
using nlohmann::json;

namespace {

/// A gateway that answers what it is told to, and remembers what it was asked.
struct fake_gateway {
  http_response answer;
  std::vector<http_request> asked;

  http_send send() {
    return [this](const http_request& request) -> result<http_response> {
      asked.push_back(request);
      return answer;
    };
  }

  json sent() const { return json::parse(asked.at(0).body); }
};

http_response says(unsigned status, std::string type, std::string_view body) {
  return {status, std::move(type), to_bytes(body)};
}

const auto good_challenge = says(
  201, "application/json", R"({"id": "c1", "nonce": "qrs=", "expires": "2026-11-24T10:00:00Z"})");

} // namespace

TEST_SUITE_BEGIN("client/rest");

TEST_CASE("a challenge is asked for and read") {
  fake_gateway gateway{good_challenge, {}};
  const auto got = request_challenge(gateway.send());
  REQUIRE(got);
  CHECK(got->id == "c1");
  CHECK(got->nonce == "aabb"_hex);
  CHECK(got->expires == "2026-11-24T10:00:00Z");
  CHECK(gateway.asked.at(0).method == "POST");
  CHECK(gateway.asked.at(0).path == "/v1/challenges");
  CHECK(gateway.asked.at(0).content_type == "application/json");
}

TEST_CASE("an answer that is no challenge is not taken for one") {
  const http_response rows[] = {
    says(200, "application/json", to_text(good_challenge.body)),
    says(302, "text/html", ""),
    says(201, "text/html", to_text(good_challenge.body)),
    says(201, "application/json", ""),
    says(201, "application/json", "[]"),
    says(201, "application/json", R"({"id": "c1"})"),
    says(201, "application/json", R"({"id": "", "nonce": "qrs="})"),
    says(201, "application/json", R"({"id": "c1", "nonce": ""})"),
    says(201, "application/json", R"({"id": "c1", "nonce": "qrt="})"), // bits left over
    says(201, "application/json", R"({"id": 1, "nonce": 2})"),
  };
  for (const auto& row : rows) {
    CAPTURE(to_text(row.body));
    fake_gateway gateway{row, {}};
    const auto got = request_challenge(gateway.send());
    REQUIRE(!got);
    CHECK(got.error().code == errc::io);
  }
}

TEST_CASE("a report is asked for in its encoding and taken as it comes") {
  fake_gateway gateway{says(200, "application/cbor", "\xa0"), {}};
  const auto got = request_report(gateway.send(), "aabb"_hex, report::encoding::cbor);
  REQUIRE(got);
  CHECK(*got == "a0"_hex);
  CHECK(gateway.asked.at(0).path == "/v1/attestations");
  CHECK(gateway.asked.at(0).accept == "application/cbor");
  CHECK(gateway.sent() == json{{"nonce", "qrs="}, {"encoding", "cbor"}});
}

TEST_CASE("an appraisal says what it was told and nothing more") {
  fake_gateway gateway{says(200, "application/json", "{}"), {}};
  appraisal_request asked{};
  const auto report = "a0"_hex;
  asked.report = report;
  asked.challenge_id = "c1";
  REQUIRE(request_appraisal(gateway.send(), asked, report::face::json));
  CHECK(gateway.asked.at(0).path == "/v1/appraisals");
  CHECK(gateway.sent() == json{{"report", "oA=="}, {"challengeId", "c1"}});

  asked = {report, std::nullopt, "aabb"_hex, "cmc-compat", "PEM", "2026-11-24T10:00:00Z"};
  gateway.asked.clear();
  REQUIRE(request_appraisal(gateway.send(), asked, report::face::json));
  CHECK(gateway.sent()
        == json{{"report", "oA=="},
                {"nonce", "qrs="},
                {"policy", "cmc-compat"},
                {"roots", "PEM"},
                {"time", "2026-11-24T10:00:00Z"}});
}

TEST_CASE("a problem keeps its code; without one the status tells") {
  struct row {
    unsigned status;
    std::string body;
    errc code;
    std::string where;
  };
  const row rows[] = {
    {404, R"({"code": "no_challenge", "title": "t", "detail": "used up"})", errc::no_challenge,
     "/v1/attestations answers 404: used up"},
    {500, R"({"code": "no such code", "title": "broken"})", errc::io,
     "/v1/attestations answers 500: broken"},
    {401, "", errc::unauthenticated, "/v1/attestations answers 401"},
    {403, "", errc::forbidden, "/v1/attestations answers 403"},
    {404, "<html>", errc::not_found, "/v1/attestations answers 404"},
    {409, "", errc::conflict, "/v1/attestations answers 409"},
    {413, "", errc::too_large, "/v1/attestations answers 413"},
    {418, "", errc::malformed, "/v1/attestations answers 418"},
    {429, "", errc::exhausted, "/v1/attestations answers 429"},
    {503, R"({"code": 7})", errc::unavailable, "/v1/attestations answers 503"},
    {504, "", errc::timeout, "/v1/attestations answers 504"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.where);
    fake_gateway gateway{says(row.status, "application/problem+json", row.body), {}};
    const auto got = request_report(gateway.send(), "aa"_hex, report::encoding::json);
    REQUIRE(!got);
    CHECK(got.error().code == row.code);
    CHECK(got.error().where == row.where);
  }
}

TEST_CASE("what the connection says is passed on") {
  const http_send broken = [](const http_request&) -> result<http_response> {
    return error{errc::timeout, "late"};
  };
  CHECK(request_challenge(broken).error().code == errc::timeout);
}

TEST_SUITE_END();
