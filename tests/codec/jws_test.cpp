#include "shared/codec/jws.hpp"

#include "shared/base/base64.hpp"
#include "tests/codec/signers.hpp"
#include "tests/support/hex.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace troth;
using namespace troth::testing;
using nlohmann::json;

namespace {

const bytes payload = to_bytes("a payload");

std::string encoded(const std::string& text) {
  return base64url(to_bytes(text));
}

json good_message() {
  return {{"payload", base64url(payload)},
          {"protected", encoded(R"({"alg":"ES256","x5c":["MAA=","MAE="]})")},
          {"signature", base64url(bytes(64, 7))}};
}

template <class Change>
void check_refused(errc code, const std::string& where, Change change) {
  auto message = good_message();
  change(message);
  CAPTURE(message.dump());
  const auto read = codec::parse_jws(message.dump());
  REQUIRE(!read);
  CHECK(name(read.error().code) == name(code));
  CHECK(read.error().where == where);
}

void check_header_refused(errc code, const std::string& where, const std::string& header) {
  check_refused(code, where, [&](json& message) { message["protected"] = encoded(header); });
}

} // namespace

TEST_SUITE_BEGIN("codec/jws");

TEST_CASE("a flattened message reads into payload, header and what was signed") {
  const auto message = good_message();
  const auto read = codec::parse_jws(message.dump());
  REQUIRE(read);
  CHECK(read->payload == payload);
  REQUIRE(read->signatures.size() == 1);
  const auto& one = read->signatures[0];
  CHECK((one.algorithm == es256));
  CHECK(one.certificates == std::vector<bytes>{"3000"_hex, "3001"_hex});
  CHECK(one.signature == bytes(64, 7));
  CHECK(to_text(one.signed_bytes)
        == message["protected"].get<std::string>() + "." + base64url(payload));
}

TEST_CASE("a general message reads into each of its signatures, in order") {
  const auto one = good_message();
  json message = {{"payload", one["payload"]}, {"signatures", json::array()}};
  for (const auto* const alg : {"PS384", "EdDSA", "ES512"})
    message["signatures"].push_back({{"protected", encoded(json{{"alg", alg}}.dump())},
                                     {"header", {{"kid", "me"}}},
                                     {"signature", base64url(bytes(alg[0] == 'P'   ? 256
                                                                   : alg[1] == 'd' ? 64
                                                                                   : 132,
                                                                   1))}});
  const auto read = codec::parse_jws(message.dump());
  REQUIRE(read);
  REQUIRE(read->signatures.size() == 3);
  CHECK((read->signatures[0].algorithm
         == signature_algorithm{signature_scheme::rsapss, hash_algorithm::sha384}));
  CHECK((read->signatures[1].algorithm.scheme == signature_scheme::eddsa));
  CHECK((read->signatures[2].algorithm
         == signature_algorithm{signature_scheme::ecdsa, hash_algorithm::sha512}));
  CHECK(read->signatures[0].certificates.empty());
}

TEST_CASE("every proper prefix of a message is refused as truncated") {
  const auto good = good_message().dump();
  for (std::size_t n = 0; n < good.size(); ++n) {
    CAPTURE(n);
    const auto read = codec::parse_jws(good.substr(0, n));
    REQUIRE(!read);
    CHECK(name(read.error().code) == name(errc::truncated));
  }
}

TEST_CASE("algorithms without a public key and unknown ones are not supported") {
  for (const auto* const alg : {"none", "None", "HS256", "HS384", "HS512", "ES256K", "RS1", ""})
    check_header_refused(errc::unsupported, "jws.protected.alg", json{{"alg", alg}}.dump());
}

TEST_CASE("headers that lead to a key elsewhere or change the meaning are not supported") {
  for (const auto* const member : {"crit", "b64", "jwk", "jku", "x5u"}) {
    check_header_refused(errc::unsupported, std::string{"jws.protected."} + member,
                         json{{"alg", "ES256"}, {member, nullptr}}.dump());
    check_refused(errc::unsupported, std::string{"jws.header."} + member, [&](json& message) {
      message["header"] = {{member, 1}};
    });
  }
}

TEST_CASE("algorithm and certificates count only where they are protected") {
  for (const auto* const member : {"alg", "x5c"})
    check_refused(errc::unsupported, std::string{"jws.header."} + member, [&](json& message) {
      message["header"] = {{member, "ES256"}};
    });
}

TEST_CASE("what is not a message as RFC 7515 has it is refused where it is wrong") {
  check_refused(errc::missing, "jws.payload", [](json& m) { m.erase("payload"); });
  check_refused(errc::missing, "jws.protected", [](json& m) { m.erase("protected"); });
  check_refused(errc::missing, "jws.signature", [](json& m) { m.erase("signature"); });
  check_refused(errc::malformed, "jws: array, expected an object", [](json& m) { m = {1}; });
  check_refused(errc::malformed, "jws.payload: number, expected a string",
                [](json& m) { m["payload"] = 1; });
  check_refused(errc::malformed, "jws.payload: base64: a character outside the alphabet",
                [](json& m) { m["payload"] = "YQ=="; });
  check_refused(errc::malformed, "jws.protected: base64: unused bits are set",
                [](json& m) { m["protected"] = "eyJ"; });
  check_refused(errc::malformed, "jws.signature: 63 bytes",
                [](json& m) { m["signature"] = base64url(bytes(63)); });
  check_refused(errc::malformed, "jws.signature: 0 bytes", [](json& m) { m["signature"] = ""; });
  check_refused(errc::malformed, "jws: signatures and signature",
                [](json& m) { m["signatures"] = {m}; });
  check_refused(errc::malformed, "jws.header: a name that is in .protected, too", [](json& m) {
    m["protected"] = encoded(R"({"alg":"ES256","kid":"a"})");
    m["header"] = {{"kid", "b"}};
  });
  check_refused(errc::malformed, "jws.header: expected an object",
                [](json& m) { m["header"] = 1; });
  const auto general = [](json signatures) {
    return [signatures](json& m) { m = {{"payload", m["payload"]}, {"signatures", signatures}}; };
  };
  check_refused(errc::missing, "jws.signatures[0]", general(json::array()));
  check_refused(errc::malformed, "jws.signatures: expected an array", general(json::object()));
  check_refused(errc::malformed, "jws.signatures[0]: number, expected an object", general({1}));
  check_refused(errc::too_large, "jws.signatures: more than 16",
                general(std::vector<json>(17, good_message())));
  check_header_refused(errc::missing, "jws.protected.alg", "{}");
  check_header_refused(errc::malformed, "jws.protected: json: a member twice: alg",
                       R"({"alg":"ES256","alg":"ES256"})");
  check_header_refused(errc::malformed, "jws.protected.x5c[0]: base64: padding is missing",
                       R"({"alg":"ES256","x5c":["MA"]})");
  check_header_refused(errc::too_large, "jws.protected.x5c: 17 items, at most 16",
                       json{{"alg", "ES256"}, {"x5c", std::vector<json>(17, "MAA=")}}.dump());
}

TEST_CASE("a duplicate member is refused, so that nobody reads another payload") {
  const auto read
    = codec::parse_jws(R"({"payload":"","payload":"YQ","protected":"","signature":""})");
  REQUIRE(!read);
  CHECK(name(read.error().code) == name(errc::malformed));
}

TEST_CASE("what is written is read, in both forms") {
  const codec::signer signers[]
    = {fake_signer(es256, 64, {"3000"_hex}),
       fake_signer({signature_scheme::rsassa, hash_algorithm::sha512}, 256),
       fake_signer({signature_scheme::eddsa, hash_algorithm::sha256}, 64)};
  const auto general = codec::write_jws(payload, signers, codec::jws_form::general);
  REQUIRE(general);

  const auto read = codec::parse_jws(*general);
  REQUIRE(read);
  CHECK(read->payload == payload);
  REQUIRE(read->signatures.size() == 3);
  CHECK(read->signatures[0].certificates == std::vector<bytes>{"3000"_hex});
  CHECK((read->signatures[1].algorithm == signers[1].algorithm));
  for (const auto& one : read->signatures)
    CHECK(one.signature[0] == static_cast<std::uint8_t>(one.signed_bytes.size()));

  const auto flat = codec::write_jws(payload, std::span{signers}.first(1),
                                     codec::jws_form::flattened);
  REQUIRE(flat);
  CHECK(flat->starts_with(R"({"payload":"YSBwYXlsb2Fk","protected":"ey)"));
  REQUIRE(codec::parse_jws(*flat));
}

TEST_CASE("a message that JWS cannot express is not written") {
  const auto code_of = [](const result<std::string>& written) {
    REQUIRE(!written);
    return name(written.error().code);
  };
  const codec::signer two[] = {fake_signer(es256, 64), fake_signer(es256, 64)};
  CHECK(code_of(codec::write_jws(payload, {}, codec::jws_form::general)) == "missing");
  CHECK(code_of(codec::write_jws(payload, two, codec::jws_form::flattened)) == "conflict");
  const codec::signer of_p384[] = {fake_signer(es256, 96)};
  CHECK(code_of(codec::write_jws(payload, of_p384, codec::jws_form::general)) == "unsupported");
  const codec::signer sha1[] = {fake_signer({signature_scheme::rsassa, hash_algorithm::sha1}, 256)};
  CHECK(code_of(codec::write_jws(payload, sha1, codec::jws_form::general)) == "unsupported");
  const codec::signer broken[] = {{es256, {}, [](byte_view) -> result<bytes> {
                                     return error{errc::io, "tpm"};
                                   }}};
  CHECK(code_of(codec::write_jws(payload, broken, codec::jws_form::general)) == "io");
}

TEST_SUITE_END();
