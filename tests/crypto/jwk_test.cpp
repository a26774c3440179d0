#include "shared/crypto/jwk.hpp"

#include "tests/support/minted.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::crypto;
using namespace troth::testing;

namespace {

void check_refused(errc code, const std::string& text) {
  CAPTURE(text);
  const auto read = parse_jwks(text);
  REQUIRE(!read);
  CHECK(name(read.error().code) == name(code));
}

} // namespace

TEST_SUITE_BEGIN("crypto/jwk");

TEST_CASE("keys of each kind survive being written and read") {
  for (const auto kind :
       {key_kind::p256, key_kind::p384, key_kind::p521, key_kind::rsa2048, key_kind::ed25519}) {
    CAPTURE(std::string{name(kind)});
    const auto key = minted(private_key::generate(kind)).public_half();
    const auto text = write_jwks(std::vector{named_key{"one", key, default_algorithm(kind)}});
    const auto read = parse_jwks(text);
    REQUIRE(read);
    REQUIRE(read->size() == 1);
    CHECK(read->front().id == "one");
    CHECK(read->front().key == key);
    CHECK((read->front().algorithm == default_algorithm(kind)));
  }
}

TEST_CASE("the thumbprint of a key is that of RFC 7638, section 3.1") {
  const auto read = parse_jwks(
    R"({"kty":"RSA","e":"AQAB","alg":"RS256","kid":"2011-04-29","n":"0vx7agoebGcQSuuPiLJXZptN9nn)"
    R"(drQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs)"
    R"(tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZ)"
    R"(gnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPk)"
    R"(sINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"})");
  REQUIRE(read);
  CHECK(thumbprint(read->front().key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST_CASE("a key without an id gets its thumbprint, and its kind's algorithm") {
  const auto key = minted(private_key::generate(key_kind::p256)).public_half();
  auto text = write_jwks(std::vector{named_key{"", key, default_algorithm(key_kind::p256)}});
  text.replace(text.find("\"alg\":\"ES256\","), 14, "");
  const auto read = parse_jwks(text);
  REQUIRE(read);
  CHECK(read->front().id == thumbprint(key));
  CHECK((read->front().algorithm == default_algorithm(key_kind::p256)));
}

TEST_CASE("keys that are not for signatures of ours are passed over") {
  const auto key = minted(private_key::generate(key_kind::ed25519)).public_half();
  auto text = write_jwks(std::vector{named_key{"mine", key, default_algorithm(key.kind())}});
  text.insert(text.find('[') + 1,
              R"({"kty":"new"},{"kty":"EC","use":"enc"},{"kty":"OKP","crv":"X25519","x":"AA"},)"
              R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"},)");
  const auto read = parse_jwks(text);
  REQUIRE(read);
  CHECK(read->size() == 1);
}

TEST_CASE("a set that cannot be trusted is refused as a whole") {
  const auto key = minted(private_key::generate(key_kind::p256)).public_half();
  const named_key mine{"mine", key, default_algorithm(key_kind::p256)};
  check_refused(errc::conflict, write_jwks(std::vector{mine, mine}));
  check_refused(errc::missing, R"({"keys":[]})");
  check_refused(errc::missing, R"({"keys":[{"kty":"new"}]})");
  check_refused(errc::missing, "{}");
  check_refused(errc::malformed, R"({"keys":{}})");
  check_refused(errc::malformed, "[]");
  check_refused(errc::malformed, R"({"keys":[{"kty":"oct","k":"AAAA"}]})");
  check_refused(errc::malformed, R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"})");
  check_refused(errc::malformed, R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})");
  check_refused(errc::unsupported, R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})");
  check_refused(errc::malformed, R"({"kty":"OKP","crv":"Ed25519","x":"AA"})");
  check_refused(errc::truncated, R"({"keys":[)");
}

TEST_SUITE_END();
