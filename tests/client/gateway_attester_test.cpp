#include "shared/client/gateway_attester.hpp"

#include <doctest/doctest.h>

#include <future>
#include <string>
#include <utility>

using namespace troth;
using namespace troth::client;

namespace {

constexpr auto passed = R"({"summary": {"status": "success"}, "measurements": [
  {"signature": {"signatureVerification": {"status": "success"},
                 "certChainValidation": {"status": "success"},
                 "certs": [[{"subject": {"commonName": "the machine"}}]]}},
  {"signature": {"signatureVerification": {"status": "success"},
                 "certChainValidation": {"status": "fail"},
                 "certs": [[{"subject": {"commonName": "an impostor"}}]]}},
  {"signature": {"signatureVerification": {"status": "fail"},
                 "certChainValidation": {"status": "success"},
                 "certs": [[{"subject": {"commonName": "a forger"}}]]}}]})";

constexpr auto failed = R"({"summary": {"status": "fail"}, "troth": {"findings": [
  {"rule": "tpm.event", "outcome": "fail"}, {"rule": "tpm.nonce", "outcome": "pass"},
  {"rule": "tpm.event", "outcome": "fail"}, {"rule": "ima.entry", "outcome": "fail"}, 7]}})";

/// A gateway that answers at once, and remembers the appraisal it was asked for.
struct fake {
  std::string policy;
  bytes nonce;
  std::string peer;
  std::vector<std::string> cached;
  result<std::vector<std::string>> kept = std::vector<std::string>{"aa"};
  result<bytes> verdict = to_bytes(passed);

  gateway open() {
    gateway out;
    out.request_report = [this](const report_order& order) -> result<bytes> {
      const auto asked = order.nonce;
      cached = order.cached;
      return to_bytes("a report for " + to_text(asked));
    };
    out.request_appraisal = [this](const appraisal_request& asked, report::face as) {
      CHECK(as == report::face::json);
      policy = asked.policy;
      nonce = *asked.nonce;
      peer = asked.peer;
      return verdict;
    };
    out.find_cached = [this](const std::string& of) {
      peer = of;
      return kept;
    };
    return out;
  }
};

template <class T>
T wait_for(const std::function<void(atls::attester::answer<T>)>& ask, error* why = nullptr) {
  std::promise<result<T>> told;
  ask([&](result<T> answer) { told.set_value(std::move(answer)); });
  auto answer = told.get_future().get();
  if (!answer && why != nullptr)
    *why = answer.error();
  return answer ? *std::move(answer) : T{};
}

} // namespace

TEST_SUITE_BEGIN("client/gateway_attester");

TEST_CASE("a gateway makes our reports and judges those of peers by the policy that is named") {
  fake there;
  gateway_attester ours{there.open(), judge_at(there.open()), report::encoding::cbor};
  CHECK(wait_for<bytes>([&](auto then) { ours.attest(to_bytes("123"), {}, std::move(then)); })
        == to_bytes("a report for 123"));
  const auto found = wait_for<atls::appraised>([&](auto then) {
    ours.appraise({to_bytes("r"), to_bytes("456"), "", "", to_bytes("strict")}, std::move(then));
  });
  CHECK(found.is_trusted);
  CHECK(found.result == to_bytes(passed));
  CHECK(there.policy == "strict");
  CHECK(there.nonce == to_bytes("456"));
}

TEST_CASE("what a gateway that judges has kept of a peer need not come again") {
  fake there;
  gateway_attester ours{there.open(), judge_at(there.open()), report::encoding::cbor,
                        peer_metadata::kept_at_gateway};
  const auto found = [&](gateway_attester& by) {
    return wait_for<std::vector<std::string>>(
      [&](auto then) { by.find_cached("the peer", std::move(then)); });
  };
  CHECK(found(ours) == std::vector<std::string>{"aa"});
  CHECK(there.peer == "the peer");
  wait_for<bytes>([&](auto then) { ours.attest(to_bytes("1"), {"bb"}, std::move(then)); });
  CHECK(there.cached == std::vector<std::string>{"bb"});
  wait_for<atls::appraised>([&](auto then) {
    ours.appraise({to_bytes("r"), to_bytes("4"), "another peer", "", {}}, std::move(then));
  });
  CHECK(there.peer == "another peer");
  there.kept = error{errc::unavailable, "no verifier"};
  CHECK(found(ours).empty());
  gateway_attester judging_here{there.open(), judge_at(there.open()), report::encoding::cbor};
  there.kept = std::vector<std::string>{"aa"};
  CHECK(found(judging_here).empty());
}

TEST_CASE("what the gateway cannot do is told as it tells it") {
  fake there;
  there.verdict = error{errc::unavailable, "no verifier"};
  gateway_attester ours{there.open(), judge_at(there.open()), report::encoding::cbor};
  error why{errc::internal, ""};
  wait_for<atls::appraised>([&](auto then) { ours.appraise({}, std::move(then)); }, &why);
  CHECK(why.code == errc::unavailable);
}

TEST_CASE("who asks after the end is told") {
  fake there;
  gateway_attester ours{there.open(), judge_at(there.open()), report::encoding::cbor};
  ours.stop();
  error why{errc::internal, ""};
  wait_for<bytes>([&](auto then) { ours.attest(to_bytes("1"), {}, std::move(then)); }, &why);
  CHECK(why.code == errc::unavailable);
  wait_for<atls::appraised>([&](auto then) { ours.appraise({}, std::move(then)); }, &why);
  CHECK(why.code == errc::unavailable);
}

TEST_CASE("only who signed with a certified key is named") {
  const auto read = read_appraised(to_bytes(passed));
  REQUIRE(read);
  CHECK(read->signers == std::vector<std::string>{"the machine"});
}

TEST_CASE("a result that fails names its rules once each") {
  const auto read = read_appraised(to_bytes(failed));
  REQUIRE(read);
  CHECK(!read->is_trusted);
  CHECK(read->reason == "tpm.event, ima.entry");
}

TEST_CASE("a warning is trusted, and what says nothing is not") {
  CHECK(read_appraised(to_bytes(R"({"summary": {"status": "warn"}})"))->is_trusted);
  for (const auto* other : {"{}", R"({"summary": 1})", R"({"summary": {"status": "SUCCESS"}})"})
    CHECK(!read_appraised(to_bytes(other))->is_trusted);
  for (const auto* other : {"", "[]", "{", "\"success\""}) {
    const auto read = read_appraised(to_bytes(other));
    REQUIRE(!read);
    CHECK(read.error().code == errc::malformed);
  }
}

TEST_SUITE_END();
