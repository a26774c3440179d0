#include "shared/base/base64.hpp"
#include "shared/codec/cose_sign1.hpp"
#include "shared/codec/jwt.hpp"
#include "tests/codec/signers.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;

namespace {

std::string encoded(const std::string& text) {
  return base64url(to_bytes(text));
}

std::string token(const std::string& header) {
  return encoded(header) + '.' + encoded("{}") + '.' + base64url(bytes(64, 7));
}

void check_jwt_refused(errc code, const std::string& where, const std::string& text) {
  CAPTURE(text);
  const auto read = codec::parse_jwt(text);
  REQUIRE(!read);
  CHECK(name(read.error().code) == name(code));
  CHECK(read.error().where.starts_with(where));
}

// 18([{1: -7, 4: 'k'}, {}, h'abcd', h'ffee'])
const bytes good = "d2 84 46 a2 01 26 04 41 6b a0 42abcd 42ffee"_hex;

void check_sign1_refused(errc code, const bytes& input) {
  CAPTURE(input.size());
  const auto read = codec::parse_cose_sign1(input);
  REQUIRE(!read);
  CHECK(name(read.error().code) == name(code));
}

} // namespace

TEST_SUITE_BEGIN("codec/token");

TEST_CASE("a JWT reads into claims, header and what was signed") {
  const auto text = token(R"({"alg":"ES256","typ":"JWT","kid":"one"})");
  const auto read = codec::parse_jwt(text);
  REQUIRE(read);
  CHECK(to_text(read->payload) == "{}");
  CHECK(read->key_id == "one");
  CHECK(read->type == "JWT");
  CHECK((read->signature.algorithm == es256));
  CHECK(read->signature.signature == bytes(64, 7));
  CHECK(to_text(read->signature.signed_bytes) == text.substr(0, text.rfind('.')));
}

TEST_CASE("a key in the header of a JWT is passed over") {
  const auto read = codec::parse_jwt(token(R"({"alg":"ES256","jwk":{"kty":"EC"},"x5c":["MAA="]})"));
  REQUIRE(read);
  CHECK(read->key_id.empty());
  CHECK(read->signature.certificates.empty());
}

TEST_CASE("a JWT that is not signed with a key pair is refused") {
  check_jwt_refused(errc::unsupported, "jwt.header.alg", token(R"({"alg":"none"})"));
  check_jwt_refused(errc::unsupported, "jwt.header.alg", token(R"({"alg":"NONE"})"));
  check_jwt_refused(errc::unsupported, "jwt.header.alg", token(R"({"alg":"HS256"})"));
  check_jwt_refused(errc::missing, "jwt.header.alg", token(R"({"typ":"JWT"})"));
  check_jwt_refused(errc::malformed, "jwt: expected three parts",
                    encoded(R"({"alg":"none"})") + '.' + encoded("{}") + '.');
}

TEST_CASE("a JWT of another form is refused") {
  const auto header = encoded(R"({"alg":"ES256"})");
  check_jwt_refused(errc::malformed, "jwt: expected three parts", "");
  check_jwt_refused(errc::malformed, "jwt: expected three parts", header + ".e30");
  check_jwt_refused(errc::malformed, "jwt: expected three parts", header + ".e30.aa.aa");
  check_jwt_refused(errc::malformed, "jwt.claims", header + ".e3=.aa");
  check_jwt_refused(errc::malformed, "jwt.signature", header + ".e30.a");
  check_jwt_refused(errc::malformed, "jwt.signature: 1 bytes", header + ".e30.AA");
  check_jwt_refused(errc::unsupported, "jwt.header.crit",
                    token(R"({"alg":"ES256","crit":["exp"]})"));
  check_jwt_refused(errc::unsupported, "jwt.header.b64", token(R"({"alg":"ES256","b64":false})"));
  check_jwt_refused(errc::malformed, "jwt.header", token(R"({"alg":"ES256","alg":"none"})"));
  check_jwt_refused(errc::too_large, "jwt: ", std::string(2 << 20, 'a'));
}

TEST_CASE("what is written as a JWT reads back") {
  const auto text = codec::write_jwt(to_bytes("{}"), {"one", "JWT"}, fake_signer(es256, 64));
  REQUIRE(text);
  const auto read = codec::parse_jwt(*text);
  REQUIRE(read);
  CHECK(read->key_id == "one");
  const auto wrong_curve = codec::write_jwt({}, {}, fake_signer(es256, 96));
  CHECK(wrong_curve.error().code == errc::unsupported);
}

TEST_CASE("a COSE_Sign1 reads into payload, header and what was signed") {
  const auto read = codec::parse_cose_sign1(good);
  REQUIRE(read);
  CHECK(read->payload == "abcd"_hex);
  CHECK(read->key_id == "k");
  CHECK((read->signature.algorithm == es256));
  CHECK(read->signature.signature == "ffee"_hex);
  // RFC 9052, section 4.4: context, body, external data, payload
  CHECK(read->signature.signed_bytes == "84 6a 5369676e617475726531 46 a2012604416b 40 42abcd"_hex);
}

TEST_CASE("a COSE_Sign1 may stand in the tag of a CWT") {
  auto tagged = "d83d"_hex;
  tagged.insert(tagged.end(), good.begin(), good.end());
  CHECK(codec::parse_cose_sign1(tagged));
}

TEST_CASE("every proper prefix of a COSE_Sign1 is refused as truncated") {
  check_prefixes(good, codec::parse_cose_sign1);
}

TEST_CASE("a byte behind a COSE_Sign1 is refused") {
  check_trailing(good, "cose_sign1 at byte 16", codec::parse_cose_sign1);
}

TEST_CASE("a COSE_Sign1 of another form is refused") {
  check_sign1_refused(errc::unsupported, "d862 84 40 a0 42abcd 80"_hex);            // tag 98
  check_sign1_refused(errc::unsupported, "d2 84 40 a1 01 26 42abcd 42ffee"_hex);    // alg is open
  check_sign1_refused(errc::missing, "d2 84 40 a0 42abcd 42ffee"_hex);              // no alg
  check_sign1_refused(errc::unsupported, "d2 84 43 a1 01 05 a0 42abcd 42ffee"_hex); // HMAC
  check_sign1_refused(errc::missing, "d2 84 43 a1 01 26 a0 f6 42ffee"_hex);         // detached
  check_sign1_refused(errc::malformed, "d2 84 43 a1 01 26 a0 42abcd 40"_hex);       // unsigned
  check_sign1_refused(errc::unsupported, "d2 84 46 a2 01 26 02 81 0f a0 40 41ff"_hex); // crit
}

TEST_CASE("what is written as a COSE_Sign1 reads back") {
  const auto made = codec::write_cose_sign1("abcd"_hex, {"k", "a/b"}, fake_signer(es256, 64));
  REQUIRE(made);
  const auto read = codec::parse_cose_sign1(*made);
  REQUIRE(read);
  CHECK(read->key_id == "k");
  CHECK(read->type == "a/b");
  CHECK(read->payload == "abcd"_hex);
}

TEST_CASE("a COSE_Sign1 of who is known by certificates keeps them") {
  // 18([{1: -7}, {33: [h'aa', h'bb']}, h'abcd', h'ffee'])
  const auto message = "d2 84 43 a1 01 26 a1 18 21 82 41 aa 41 bb 42 abcd 42 ffee"_hex;
  const auto read = codec::parse_signed_cose_sign1(message);
  REQUIRE(read);
  CHECK(read->payload == bytes{0xab, 0xcd});
  REQUIRE(read->signatures.size() == 1);
  CHECK(read->signatures[0].certificates == std::vector<bytes>{{0xaa}, {0xbb}});
  CHECK(codec::parse_cose_sign1(message)->signature.certificates.empty());
  check_prefixes(message, [](byte_view input) { return codec::parse_signed_cose_sign1(input); });
}

TEST_SUITE_END();
