#include "shared/wire/requests.hpp"

#include "shared/base/base64.hpp"
#include "shared/codec/json.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;

namespace {

constexpr std::size_t max_report = 32;
const std::string nonce8 = R"("nonce":"MTIzNDU2Nzg=")"; // 12345678
const std::string report = R"("report":"e30=")";        // {}

std::string refusal(const result<protocol::appraisal_request>& got) {
  return got ? "none" : to_string(got.error());
}

result<protocol::appraisal_request> appraisal(const std::string& members) {
  return wire::read_appraisal('{' + members + '}', max_report);
}

std::string encoded(std::size_t size) {
  return base64(bytes(size, 'n'));
}

} // namespace

TEST_SUITE_BEGIN("wire/requests");

TEST_CASE("a challenge is asked for with nothing, or an empty object") {
  CHECK(wire::check_challenge_request(""));
  CHECK(wire::check_challenge_request(" {} "));
  CHECK(wire::check_challenge_request("{\"a\":1}").error().code == errc::unknown_key);
  CHECK(wire::check_challenge_request("[]").error().code == errc::malformed);
  CHECK(wire::check_challenge_request("{").error().code == errc::truncated);
  CHECK(wire::check_challenge_request("{}1").error().code == errc::trailing);
}

TEST_CASE("a challenge is written with its nonce in base64") {
  CHECK(wire::write_challenge({"00ff", "abc", "2026-11-24T09:43:36Z"})
        == R"({"id":"00ff","nonce":"YWJj","expires":"2026-11-24T09:43:36Z"})");
}

TEST_CASE("a request for an attestation has a nonce, and maybe an encoding") {
  const auto got = wire::read_attestation('{' + nonce8 + R"(,"encoding":"cbor"})");
  REQUIRE(got);
  CHECK(got->request.nonce == "12345678");
  CHECK(got->request.encoding == "cbor");
  CHECK(got->request.cached.empty());
  CHECK(got->request.deadline_ms == 0);
  CHECK(got->peer.empty());
  CHECK(wire::read_attestation('{' + nonce8 + '}')->request.encoding.empty());
  CHECK(wire::read_attestation('{' + nonce8 + R"(,"peer":"p"})")->peer == "p");
}

TEST_CASE("a request for an attestation is refused for what is wrong with it") {
  const auto refusal_of = [](const std::string& members) {
    const auto got = wire::read_attestation('{' + members + '}');
    return got ? "none" : to_string(got.error());
  };
  CHECK(refusal_of("") == "missing: attestation.nonce: is absent");
  CHECK(refusal_of(R"("nonce":")" + encoded(7) + '"')
        == "malformed: attestation.nonce: expected 8 to 64 bytes of base64");
  CHECK(refusal_of(R"("nonce":")" + encoded(64) + '"') == "none");
  CHECK(refusal_of(R"("nonce":")" + encoded(65) + '"')
        == "too_large: attestation.nonce: expected 8 to 64 bytes of base64");
  CHECK(refusal_of(R"("nonce":12345678)") == "malformed: attestation.nonce: expected a text");
  CHECK(refusal_of(nonce8 + R"(,"encoding":"xml")")
        == "unsupported: attestation.encoding: expected json or cbor");
  CHECK(refusal_of(nonce8 + R"(,"encoding":"")") == "malformed: attestation.encoding: is empty");
  CHECK(refusal_of(nonce8 + R"(,"cached":[])") == "unknown_key: attestation.cached: is not read");
}

TEST_CASE("an appraisal has a report and what it answers, and maybe more") {
  const auto got = appraisal(report
                             + R"(,"challengeId":"00ff","policy":"p","roots":"PEM",)"
                               R"("time":"2026-11-24T09:43:36Z")");
  REQUIRE(got);
  CHECK(got->report.body == "{}");
  CHECK(got->report.media_type == "application/json");
  CHECK(got->report.size_bytes == 2);
  CHECK(got->report.transfer.empty());
  CHECK(got->challenge_id == "00ff");
  CHECK(got->nonce.empty());
  CHECK(got->policy == "p");
  CHECK(got->roots == "PEM");
  CHECK(got->time == "2026-11-24T09:43:36Z");
  const auto with_nonce = appraisal(report + ',' + nonce8);
  REQUIRE(with_nonce);
  CHECK(with_nonce->nonce == "12345678");
  CHECK(with_nonce->challenge_id.empty());
  CHECK(with_nonce->policy.empty());
  CHECK(with_nonce->peer.empty());
  CHECK(appraisal(report + ',' + nonce8 + R"(,"peer":"p")")->peer == "p");
}

TEST_CASE("a log level is one of those that there are") {
  CHECK(*wire::read_log_level(R"({"level":"debug"})") == "debug");
  CHECK(wire::read_log_level("{}").error().code == errc::missing);
  CHECK(wire::read_log_level(R"({"level":"all"})").error().code == errc::unsupported);
  CHECK(wire::read_log_level(R"({"level":1})").error().code == errc::malformed);
  CHECK(wire::read_log_level(R"({"level":"info","for":"x"})").error().code == errc::unknown_key);
}

TEST_CASE("a policy that becomes active is for who names it, or for everybody") {
  CHECK(*wire::read_activation("") == false);
  CHECK(*wire::read_activation("{}") == false);
  CHECK(*wire::read_activation(R"({"default":false})") == false);
  CHECK(*wire::read_activation(R"({"default":true})") == true);
  for (const auto* const value : {"1", "\"true\"", "null", "{}"})
    CHECK(to_string(wire::read_activation(R"({"default":)" + std::string{value} + '}').error())
          == "malformed: activation.default: expected true or false");
  CHECK(wire::read_activation(R"({"for":"all"})").error().code == errc::unknown_key);
}

TEST_CASE("a policy is tried as it is, or by name and version") {
  const auto trial = [](const std::string& policy) {
    return wire::read_policy_trial(R"({"policy":)" + policy + ',' + report + ',' + nonce8 + '}',
                                   max_report);
  };
  const auto whole = trial(R"({ "requiredPcrs": [0] })");
  REQUIRE(whole);
  CHECK(whole->request.policy_document == R"({ "requiredPcrs": [0] })");
  CHECK(whole->request.report.body == "{}");
  CHECK(whole->request.nonce == "12345678");
  CHECK(whole->name.empty());
  const auto named = trial(R"("a@1")");
  REQUIRE(named);
  CHECK(named->request.policy_document.empty());
  CHECK(named->name == "a");
  CHECK(named->version == "1");
  for (const auto* const bad : {"\"a\"", "\"@1\"", "\"a@\"", "\"@\"", "1", "null"})
    CHECK(trial(bad).error().code == errc::malformed);
  CHECK(wire::read_policy_trial('{' + report + ',' + nonce8 + '}', max_report).error().code
        == errc::missing);
  CHECK(wire::read_policy_trial(R"({"policy":{},)" + report + '}', max_report).error().code
        == errc::missing);
}

TEST_CASE("a report is its bytes in base64, of either encoding, or the JSON itself") {
  const auto sent = [](const std::string& value) {
    return appraisal(R"("report":)" + value + ',' + nonce8)->report;
  };
  CHECK(sent(R"("oQAB")").media_type == "application/cbor");
  CHECK(sent(R"("oQAB")").body == "\xa1" + std::string("\0\1", 2));
  CHECK(sent('"' + base64(to_bytes(" \r\n\t{}")) + '"').media_type == "application/json");
  CHECK(sent(R"({ "a" : [1.0] })").body == R"({ "a" : [1.0] })");
  CHECK(sent(R"({ "a" : [1.0] })").media_type == "application/json");
  CHECK(sent(R"({ "a" : [1.0] })").size_bytes == 15);
}

TEST_CASE("an appraisal is refused for what is wrong with it") {
  const auto answer = "appraisal.challengeId: expected this or nonce";
  CHECK(refusal(appraisal(report)) == std::string{"missing: "} + answer);
  CHECK(refusal(appraisal(report + ',' + nonce8 + R"(,"challengeId":"a")"))
        == std::string{"malformed: "} + answer + ", not both");
  CHECK(refusal(appraisal(nonce8)) == "missing: appraisal.report: is absent");
  CHECK(refusal(appraisal(R"("report":"e30",)" + nonce8))
        == "malformed: appraisal.report: expected 1 to 32 bytes of base64");
  CHECK(refusal(appraisal(R"("report":[],)" + nonce8))
        == "malformed: appraisal.report: expected a text");
  const auto base64_report = [](std::size_t size) {
    return R"("report":")" + encoded(size) + "\"," + nonce8;
  };
  CHECK(refusal(appraisal(base64_report(32))) == "none");
  CHECK(refusal(appraisal(base64_report(33))).starts_with("too_large: appraisal.report: "));
  CHECK(refusal(appraisal(R"("report":{"a":"01234567890123456789012345"},)" + nonce8))
        == "too_large: appraisal.report: 34 bytes, at most 32");
  CHECK(refusal(appraisal(report + R"(,"nonce":"MTIz")"))
        == "malformed: appraisal.nonce: expected 8 to 64 bytes of base64");
  CHECK(refusal(appraisal(report + ',' + nonce8 + R"(,"time":"yesterday")"))
        == "malformed: appraisal.time: expected an RFC 3339 timestamp");
  CHECK(refusal(appraisal(report + ',' + nonce8 + R"(,"policy":1)"))
        == "malformed: appraisal.policy: expected a text");
  CHECK(
    refusal(appraisal(report + ',' + nonce8 + R"(,"roots":")" + std::string(262'145, 'a') + '"'))
    == "too_large: appraisal.roots: 262145 bytes, at most 262144");
  CHECK(refusal(appraisal(report + ',' + nonce8 + R"(,"accept":"a")"))
        == "unknown_key: appraisal.accept: is not read");
}

TEST_CASE("a body has room for the largest report in base64") {
  constexpr std::size_t mib = std::size_t{1024} * 1024;
  CHECK(wire::max_appraisal_bytes(16 * mib) >= base64(bytes(16 * mib)).size() + mib);
}

TEST_CASE("a trial on a kept report has a policy, and maybe a time") {
  const auto trial = [](const std::string& rest) {
    return wire::read_kept_trial(R"({"policy":{})" + rest + '}');
  };
  REQUIRE(trial(""));
  CHECK(trial("")->request.policy_document == "{}");
  CHECK(trial("")->request.time.empty());
  CHECK(trial(R"(,"time":"2026-11-24T09:43:36Z")")->request.time == "2026-11-24T09:43:36Z");
  CHECK(trial(R"(,"time":"now")").error().code == errc::malformed);
  CHECK(trial(',' + nonce8).error().code == errc::unknown_key);
  CHECK(trial(',' + report).error().code == errc::unknown_key);
  CHECK(wire::read_kept_trial("{}").error().code == errc::missing);
  CHECK(wire::read_kept_trial(R"({"policy":"a@1"})")->version == "1");
}

TEST_SUITE_END();
