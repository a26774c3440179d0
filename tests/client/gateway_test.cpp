#include "shared/client/gateway.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace troth;
using namespace troth::client;
namespace cmc = troth::wire::cmc;
using report::encoding;

namespace {

struct message {
  cmc::operation which;
  bytes body;
  encoding as;
};

/// A gateway that answers what it is told to, and remembers what it was asked.
struct fake_gateway {
  result<bytes> answer;
  std::vector<message> asked;

  gateway open() {
    return over_cmc([this](cmc::operation which, const bytes& body, encoding as) {
      asked.push_back({which, body, as});
      return answer;
    });
  }
};

appraisal_request with_nonce(byte_view report) {
  appraisal_request out{};
  out.report = report;
  out.nonce = to_bytes("12345678");
  return out;
}

} // namespace

TEST_SUITE_BEGIN("client/gateway");

TEST_CASE("the URL of a gateway says over which API it is asked") {
  CHECK(*api_of("http://x") == api::rest);
  CHECK(*api_of("https://x") == api::rest);
  CHECK(*api_of("unix:///run/x") == api::socket);
  CHECK(*api_of("tcp://x:1") == api::socket);
  CHECK(*api_of("coap://x:1") == api::coap);
  CHECK(*api_of("coaps://x:1") == api::coap);
  CHECK(*api_of("grpc://x:1") == api::grpc);
  CHECK(*api_of("grpcs://x:1") == api::grpc);
  for (const auto* other : {"", "x", "x:1", "ftp://x", "://x", "HTTP:/x"}) {
    CAPTURE(other);
    REQUIRE(!api_of(other));
    CHECK(api_of(other).error().code == errc::malformed);
  }
}

TEST_CASE("an error that was told keeps its code") {
  CHECK(to_string(told_error("no_challenge: used up", errc::io)) == "no_challenge: used up");
  CHECK(to_string(told_error("timeout", errc::io)) == "timeout");
  CHECK(to_string(told_error("strange: used up", errc::io)) == "io: strange: used up");
  CHECK(to_string(told_error("", errc::unavailable)) == "unavailable");
}

TEST_CASE("a report is asked for in the reference's API") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    fake_gateway gateway{cmc::write(cmc::attestation_response{to_bytes("report")}, as), {}};
    const auto got = gateway.open().request_report({to_bytes("12345678"), as, {"aa"}});
    REQUIRE(got);
    CHECK(to_text(*got) == "report");
    CHECK(gateway.asked.at(0).which == cmc::operation::attest);
    const auto sent = cmc::read<cmc::attestation_request>(gateway.asked.at(0).body, as);
    CHECK(sent->nonce == to_bytes("12345678"));
    CHECK(sent->cached == std::vector<std::string>{"aa"});
  }
}

TEST_CASE("what is kept of a peer is asked for in the reference's API") {
  fake_gateway gateway{cmc::write(cmc::peer_cache_response{{"aa", "bb"}}, encoding::cbor), {}};
  const auto got = gateway.open().find_cached("the peer");
  REQUIRE(got);
  CHECK(*got == std::vector<std::string>{"aa", "bb"});
  CHECK(gateway.asked.at(0).which == cmc::operation::peer_cache);
  CHECK(cmc::read<cmc::peer_cache_request>(gateway.asked.at(0).body, encoding::cbor)->peer
        == "the peer");
}

TEST_CASE("an appraisal is asked for in the reference's API") {
  fake_gateway gateway{to_bytes(R"({"version":"1.4.0","result":{"a":1}})"), {}};
  const auto report = to_bytes("{}");
  const auto got = gateway.open().request_appraisal(with_nonce(report), report::face::json);
  REQUIRE(got);
  CHECK(to_text(*got) == R"({"a":1})");
  CHECK(gateway.asked.at(0).which == cmc::operation::verify);
  const auto sent = cmc::read<cmc::verification_request>(gateway.asked.at(0).body, encoding::json);
  CHECK(sent->report == report);
  CHECK(sent->nonce == to_bytes("12345678"));
}

TEST_CASE("what the reference's API cannot be asked is not sent") {
  fake_gateway gateway{bytes{}, {}};
  const auto refused = [&](auto change) {
    auto asked = with_nonce({});
    change(asked);
    const auto got = gateway.open().request_appraisal(asked, report::face::json);
    return !got && got.error().code == errc::unsupported;
  };
  CHECK(refused([](auto& asked) { asked.nonce.reset(); }));
  CHECK(refused([](auto& asked) { asked.policy = "p"; }));
  CHECK(refused([](auto& asked) { asked.roots = "PEM"; }));
  CHECK(refused([](auto& asked) { asked.time = "2026-11-24T10:00:00Z"; }));
  CHECK(gateway.asked.empty());
  CHECK(!gateway.open().request_challenge);
}

TEST_CASE("a response that is none is not taken for one") {
  fake_gateway gateway{to_bytes("{}"), {}};
  CHECK(gateway.open().request_report({bytes(8), encoding::json}).error().code == errc::io);
  gateway.answer = error{errc::conflict, "why"};
  CHECK(gateway.open().request_report({bytes(8), encoding::json}).error().code == errc::conflict);
}

TEST_SUITE_END();
