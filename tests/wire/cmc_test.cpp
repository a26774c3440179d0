#include "shared/wire/cmc.hpp"

#include "shared/base/base64.hpp"
#include "shared/base/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
namespace cmc = troth::wire::cmc;
using report::encoding;

namespace {

template <class Message>
result<Message> read_json(const std::string& text) {
  return cmc::read<Message>(to_bytes(text), encoding::json);
}

template <class Message>
std::string refusal(const std::string& text) {
  const auto got = read_json<Message>(text);
  return got ? "none" : to_string(got.error());
}

template <class Message>
std::string cbor(const Message& from) {
  return hex(cmc::write(from, encoding::cbor));
}

template <class Message>
std::string json(const Message& from) {
  return to_text(cmc::write(from, encoding::json));
}

const cmc::verification_request a_verification{to_bytes("12345678"), to_bytes("{}"), "peer",
                                               "10.0.0.1", to_bytes("p")};

} // namespace

TEST_SUITE_BEGIN("wire/cmc");

TEST_CASE("an operation has its frame type and its name") {
  CHECK(cmc::operations().size() == 9);
  CHECK(cmc::operation_of(1U) == cmc::operation::attest);
  CHECK(cmc::operation_of(9U) == cmc::operation::update_metadata);
  CHECK(!cmc::operation_of(0U)); // an error is no request
  CHECK(!cmc::operation_of(10U));
  CHECK(!cmc::operation_of(257U));
  for (const auto& one : cmc::operations()) {
    CHECK(cmc::operation_of(static_cast<std::uint32_t>(one.is)) == one.is);
    CHECK(cmc::operation_of(one.name) == one.is);
    CHECK(cmc::name(one.is) == one.name);
  }
  CHECK(!cmc::operation_of("attest"));
  CHECK(!cmc::operation_of(""));
}

TEST_CASE("messages are written as the reference writes them") {
  CHECK(json(cmc::attestation_request{to_bytes("abc"), {}})
        == R"({"version":"1.4.0","nonce":"YWJj"})");
  CHECK(cbor(cmc::attestation_request{to_bytes("abc"), {"00"}})
        == "a30065312e342e300143616263028162"
           "3030");
  CHECK(json(cmc::attestation_response{to_bytes("{}")})
        == R"({"version":"1.4.0","report":"e30="})");
  CHECK(json(a_verification)
        == R"({"version":"1.4.0","nonce":"MTIzNDU2Nzg=","report":"e30=","peer":"peer",)"
           R"("peerAddr":"10.0.0.1","policies":"cA=="})");
  CHECK(cbor(a_verification)
        == "a60065312e342e300148313233343536373802427b7d0664706565720768"
           "31302e302e302e31084170");
  CHECK(json(cmc::peer_cache_request{"p"}) == R"({"version":"1.4.0","peer":"p"})");
  CHECK(json(cmc::peer_cache_response{}) == R"({"version":"1.4.0","cache":[]})");
  CHECK(cbor(cmc::peer_cache_response{{"00"}})
        == "a20065312e342e30018162"
           "3030");
  CHECK(json(cmc::error_message{"a: b"}) == R"({"version":"1.4.0","msg":"a: b"})");
}

TEST_CASE("what was written is read again, in both encodings") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto got = cmc::read<cmc::verification_request>(cmc::write(a_verification, as), as);
    REQUIRE(got);
    CHECK(got->nonce == a_verification.nonce);
    CHECK(got->report == a_verification.report);
    CHECK(got->peer == "peer");
    CHECK(got->peer_address == "10.0.0.1");
    CHECK(got->policies == a_verification.policies);
    const auto asked = cmc::read<cmc::attestation_request>(
      cmc::write(cmc::attestation_request{to_bytes("abc"), {"00", "ff"}}, as), as);
    REQUIRE(asked);
    CHECK(asked->nonce == to_bytes("abc"));
    CHECK(asked->cached == std::vector<std::string>{"00", "ff"});
  }
}

TEST_CASE("a container to be measured is an event, and what follows is told by success") {
  cmc::measure_request asked;
  asked.event.type = "application";
  asked.event.name = "web";
  asked.event.container = report::container_data{bytes{1}, bytes{2}, {{{"process", {{"a", 1}}}}}};
  CHECK(json(asked)
        == R"({"version":"1.4.0","event":{"type":"application","name":"web","ctrData":)"
           R"({"configSha256":"01","rootfsSha256":"02","ociSpec":{"process":{"a":1}}}}})");
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto read = cmc::read<cmc::measure_request>(cmc::write(asked, as), as);
    REQUIRE(read);
    CHECK(read->event == asked.event);
  }
  CHECK(cbor(cmc::measure_response{true}) == "a20065312e342e3001f5");
  CHECK(json(cmc::update_response{true}) == R"({"version":"1.4.0","success":true})");
  CHECK(json(cmc::update_request{}) == R"({"version":"1.4.0"})");
  CHECK(refusal<cmc::measure_request>("{}") == "missing: Measure.event");
  CHECK(refusal<cmc::measure_response>("{}") == "missing: Measure.success");
  CHECK(refusal<cmc::update_request>("{}") == "none");
}

TEST_CASE("a TLS key is ordered in a structure whose numbers begin with one") {
  const cmc::tls_create_request asked{{"tpm", "EC256", "web", {"a", "b"}, {"::1"}}};
  CHECK(json(asked)
        == R"({"version":"1.4.0","keyConfig":{"type":"tpm","alg":"EC256","cn":"web",)"
           R"("dnsNames":["a","b"],"ipAddresses":["::1"]}})");
  CHECK(cbor(asked)
        == "a20065312e342e3001a5016374706d0265454332353603637765620482616161620581633a3a31");
  CHECK(json(cmc::tls_create_response{"id"}) == R"({"version":"1.4.0","keyId":"id"})");
  CHECK(cbor(cmc::tls_create_response{"id"}) == "a20065312e342e3001626964");
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto read = cmc::read<cmc::tls_create_request>(cmc::write(asked, as), as);
    REQUIRE(read);
    CHECK(cmc::write(*read, as) == cmc::write(asked, as));
  }
  using request = cmc::tls_create_request;
  CHECK(refusal<request>("{}") == "missing: TLSCreate.keyConfig");
  CHECK(refusal<request>(R"({"keyConfig":{"alg":"EC256"}})")
        == "missing: TLSCreate.keyConfig.type");
  CHECK(refusal<request>(R"({"keyConfig":{"type":"tpm"}})") == "missing: TLSCreate.keyConfig.alg");
  CHECK(refusal<request>(R"({"keyConfig":{"type":"tpm","alg":"EC256"}})") == "none");
}

TEST_CASE("a TLS key signs a digest, and shows its certificates") {
  const cmc::tls_sign_request asked{"id", to_bytes("abc"), "SHA-256"};
  CHECK(json(asked) == R"({"version":"1.4.0","keyId":"id","content":"YWJj","hashAlg":"SHA-256"})");
  CHECK(cbor(asked) == "a40065312e342e3001626964024361626303675348412d323536");
  CHECK(json(cmc::tls_sign_response{to_bytes("abc")})
        == R"({"version":"1.4.0","signedContent":"YWJj"})");
  CHECK(cbor(cmc::tls_sign_response{to_bytes("abc")}) == "a20065312e342e300143616263");
  CHECK(cbor(cmc::tls_cert_request{"id"}) == "a20065312e342e3001626964");
  CHECK(json(cmc::tls_cert_response{{to_bytes("abc")}})
        == R"({"version":"1.4.0","certificate":["YWJj"]})");
  CHECK(cbor(cmc::tls_cert_response{{to_bytes("abc")}}) == "a20065312e342e30018143616263");
  using request = cmc::tls_sign_request;
  CHECK(refusal<request>(R"({"keyId":"id","content":"YWJj"})") == "missing: TLSSign.hashAlg");
  CHECK(
    refusal<request>(R"({"keyId":"id","hashAlg":"SHA-256","content":")" + base64(bytes(65)) + "\"}")
      .starts_with("too_large: TLSSign.content"));
  CHECK(refusal<cmc::tls_cert_request>("{}") == "missing: TLSCert.keyId");
  testing::check_prefixes(cmc::write(asked, encoding::cbor), [](byte_view input) {
    return cmc::read<cmc::tls_sign_request>(input, encoding::cbor);
  });
}

TEST_CASE("a configuration in protobuf is an object in JSON") {
  const auto read = cmc::read_configuration(to_bytes(R"({"process":{}})"));
  REQUIRE(read);
  CHECK(read->value == nlohmann::json{{"process", nlohmann::json::object()}});
  CHECK(cmc::read_configuration(to_bytes("[]")).error().code == errc::malformed);
  CHECK(cmc::read_configuration(to_bytes("{")).error().code == errc::truncated);
  CHECK(cmc::read_configuration(bytes(1024 * 1024 + 1)).error().code == errc::too_large);
}

TEST_CASE("a verification's result is part of its response, in the response's encoding") {
  const cmc::verification_response as_json{to_bytes(R"({"a":[1]})")};
  CHECK(json(as_json) == R"({"version":"1.4.0","result":{"a":[1]}})");
  CHECK(to_text(read_json<cmc::verification_response>(json(as_json))->result) == R"({"a":[1]})");
  const cmc::verification_response as_cbor{*from_hex("a10001")};
  CHECK(cbor(as_cbor) == "a20065312e342e3001a10001");
  CHECK(cmc::read<cmc::verification_response>(cmc::write(as_cbor, encoding::cbor), encoding::cbor)
          ->result
        == as_cbor.result);
}

TEST_CASE("a response without its result is refused") {
  CHECK(refusal<cmc::verification_response>(R"({"version":"1.4.0"})") == "missing: Verify.result");
  CHECK(refusal<cmc::verification_response>("[]") == "missing: Verify.result");
  const auto got = cmc::read<cmc::verification_response>(*from_hex("a10065312e342e30"),
                                                         encoding::cbor);
  REQUIRE(!got);
  CHECK(got.error().code == errc::missing);
}

TEST_CASE("any version, and members of another one, are passed over") {
  const auto got = read_json<cmc::attestation_request>(
    R"({"version":"9.9","nonce":"YWJj","cached":null,"metadataCas":["x"]})");
  REQUIRE(got);
  CHECK(got->cached.empty());
  CHECK(read_json<cmc::attestation_request>(R"({"nonce":"YWJj"})"));
  // [0: "1", 1: h'616263', 9: 1]
  CHECK(cmc::read<cmc::attestation_request>(*from_hex("a3006131014361626309"
                                                      "01"),
                                            encoding::cbor));
}

TEST_CASE("a request is refused for what is wrong with it") {
  using asked = cmc::attestation_request;
  CHECK(refusal<asked>("{}") == "missing: Attest.nonce");
  CHECK(refusal<asked>(R"({"nonce":1})").starts_with("malformed: Attest.nonce"));
  CHECK(refusal<asked>(R"({"nonce":"!"})").starts_with("malformed: Attest.nonce"));
  CHECK(refusal<asked>(R"({"nonce":")" + base64(bytes(65)) + "\"}")
          .starts_with("too_large: Attest.nonce"));
  CHECK(refusal<asked>(R"({"nonce":"YWJj","nonce":"YWJj"})").starts_with("malformed: Attest"));
  CHECK(
    refusal<asked>(R"({"nonce":"YWJj","cached":"00"})").starts_with("malformed: Attest.cached"));
  CHECK(refusal<cmc::verification_request>(R"({"nonce":"YWJj"})") == "missing: Verify.report");
  CHECK(refusal<cmc::peer_cache_request>("{}") == "missing: PeerCache.peer");
}

TEST_CASE("a request without an encoding of ours is held to the same") {
  const auto code = [](const auto& asked) {
    const auto checked = cmc::check(asked);
    return checked ? "none" : to_string(checked.error());
  };
  CHECK(code(cmc::attestation_request{bytes(64), {"00"}}) == "none");
  CHECK(code(cmc::attestation_request{}) == "missing: Attest.nonce");
  CHECK(code(cmc::attestation_request{bytes(65), {}}) == "too_large: Attest.nonce: 65, at most 64");
  CHECK(code(cmc::attestation_request{bytes(1), std::vector<std::string>(4097)})
        == "too_large: Attest.cached: 4097, at most 4096");
  CHECK(code(a_verification) == "none");
  CHECK(code(cmc::verification_request{bytes(1), {}, {}, {}, {}}) == "missing: Verify.report");
  CHECK(code(cmc::verification_request{{}, bytes(1), {}, {}, {}}) == "missing: Verify.nonce");
  CHECK(code(cmc::tls_create_request{{"tpm", "EC256", {}, {}, {}}}) == "none");
  CHECK(code(cmc::tls_create_request{{"", "EC256", {}, {}, {}}})
        == "missing: TLSCreate.keyConfig.type");
  CHECK(code(cmc::tls_create_request{{"tpm", "", {}, {}, {}}})
        == "missing: TLSCreate.keyConfig.alg");
  CHECK(code(cmc::tls_create_request{{"tpm", "EC256", {}, std::vector<std::string>(101), {}}})
        == "too_large: TLSCreate.keyConfig.dnsNames: 101, at most 100");
  CHECK(code(cmc::tls_create_request{{"tpm", "EC256", {}, {}, std::vector<std::string>(101)}})
        == "too_large: TLSCreate.keyConfig.ipAddresses: 101, at most 100");
  CHECK(code(cmc::tls_sign_request{"id", bytes(64), "SHA-512"}) == "none");
  CHECK(code(cmc::tls_sign_request{{}, bytes(64), "SHA-512"}) == "missing: TLSSign.keyId");
  CHECK(code(cmc::tls_sign_request{"id", {}, "SHA-512"}) == "missing: TLSSign.content");
  CHECK(code(cmc::tls_sign_request{"id", bytes(65), "SHA-512"})
        == "too_large: TLSSign.content: 65, at most 64");
  CHECK(code(cmc::tls_cert_request{"id"}) == "none");
  CHECK(code(cmc::tls_cert_request{}) == "missing: TLSCert.keyId");
}

TEST_CASE("JSON of many values is refused before it costs memory") {
  std::string many = R"({"nonce":"YWJj","x":[)";
  for (int n = 0; n < 10'000; ++n)
    many += "0,";
  CHECK(refusal<cmc::attestation_request>(many + "0]}")
        == "too_large: Attest: more than 8192 values");
}

TEST_CASE("every proper prefix of a request in CBOR is refused as truncated") {
  testing::check_prefixes(cmc::write(a_verification, encoding::cbor), [](byte_view input) {
    return cmc::read<cmc::verification_request>(input, encoding::cbor);
  });
}

TEST_CASE("every proper prefix of a request in JSON is refused as truncated") {
  testing::check_prefixes(cmc::write(a_verification, encoding::json), [](byte_view input) {
    return cmc::read<cmc::verification_request>(input, encoding::json);
  });
}

TEST_CASE("a byte behind a request is refused as trailing") {
  auto body = cmc::write(a_verification, encoding::cbor);
  body.push_back(0);
  const auto got = cmc::read<cmc::verification_request>(body, encoding::cbor);
  REQUIRE(!got);
  CHECK(got.error().code == errc::trailing);
}

TEST_CASE("JSON is told from CBOR by the first byte") {
  CHECK(*cmc::encoding_of(to_bytes(" {}")) == encoding::json);
  CHECK(*cmc::encoding_of(*from_hex("a0")) == encoding::cbor);
  CHECK(cmc::encoding_of({}).error().code == errc::truncated);
  CHECK(cmc::encoding_of(to_bytes("x")).error().code == errc::malformed);
}

TEST_SUITE_END();
