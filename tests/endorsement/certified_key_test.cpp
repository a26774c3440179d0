#include "shared/endorsement/certified_key.hpp"

#include "tests/support/minted_tls_key.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;

namespace {

struct certified_fixture {
  minted_tls_key tls;
  crypto::private_key ak = *crypto::private_key::generate(crypto::key_kind::p256);
  bytes nonce = bytes(32, 0x5a);

  result<void> check(const endorsement::key_statement& statement) const {
    return endorsement::check_certified_key(statement, nonce, tls.key.public_half(),
                                            ak.public_half());
  }
};

result<void> check_area(const bytes& marshalled) {
  const auto area = evidence::tpm::parse_public_area(marshalled);
  REQUIRE(area);
  return endorsement::check_tls_key(*area);
}

/// TPMT_PUBLIC of an RSA key.
bytes rsa_area(std::uint16_t bits, std::uint32_t attributes) {
  bytes out{0x00, 0x01, 0x00, 0x0B};
  for (const auto shift : {24, 16, 8, 0})
    out.push_back(static_cast<std::uint8_t>(attributes >> shift));
  out.insert(out.end(), {0, 0, 0x00, 0x10, 0x00, 0x10}); // no policy, no symmetric, no scheme
  out.insert(out.end(), {static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)});
  out.insert(out.end(), {0, 0, 0, 0}); // 65537
  const auto size = static_cast<std::uint16_t>(bits / 8);
  out.insert(out.end(), {static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
  out.insert(out.end(), size, 0xC1);
  return out;
}

} // namespace

TEST_SUITE_BEGIN("endorsement/certified_key");

TEST_CASE_FIXTURE(certified_fixture, "a key that its TPM vouches for is certified") {
  CHECK(check(tls.certified(nonce, ak)));
}

TEST_CASE_FIXTURE(certified_fixture, "a statement of another attestation key is refused") {
  const auto other = *crypto::private_key::generate(crypto::key_kind::p256);
  CHECK(refusal(check(tls.certified(nonce, other))) == errc::bad_signature);
  auto changed = tls.certified(nonce, ak);
  changed.attest.back() = 0; // as it was
  CHECK(check(changed));
  changed.attest[10] ^= 1; // the nonce, after it was signed
  CHECK(refusal(check(changed)) == errc::bad_signature);
}

TEST_CASE_FIXTURE(certified_fixture, "a statement that answers another nonce is untrusted") {
  auto other = nonce;
  other.back() ^= 1;
  for (const auto& wrong : {other, bytes{}, bytes(31, 0x5a), bytes(33, 0x5a)})
    CHECK(refusal(check(tls.certified(wrong, ak))) == errc::untrusted);
}

TEST_CASE_FIXTURE(certified_fixture, "a statement of another key is untrusted") {
  auto statement = tls.certified(nonce, ak);
  const minted_tls_key other;
  statement.public_area = other.area.marshalled(); // which was not certified
  CHECK(refusal(check(statement)) == errc::untrusted);
  const auto theirs = other.certified(nonce, ak); // which is not the one asked for
  CHECK(refusal(check(theirs)) == errc::untrusted);
}

TEST_CASE_FIXTURE(certified_fixture, "what is not said by TPM2_Certify is refused") {
  auto statement = tls.certified(nonce, ak);
  const auto resign = [&](std::size_t at, std::uint8_t put) {
    auto said = tls.attest(nonce);
    said[at] = put;
    return refusal(check({statement.public_area, said, minted_tls_key::sign(said, ak)}));
  };
  CHECK(resign(0, 0xFE) == errc::malformed);   // no TPM made it
  CHECK(resign(5, 0x18) == errc::unsupported); // a quote
  auto cut = statement;
  cut.attest.pop_back();
  CHECK(refusal(check(cut)) == errc::truncated);
  cut = statement;
  cut.signature.pop_back();
  CHECK(refusal(check(cut)) == errc::truncated);
  cut = statement;
  cut.public_area.pop_back();
  CHECK(refusal(check(cut)) == errc::truncated);
}

TEST_CASE_FIXTURE(certified_fixture,
                  "a key with the wrong attributes is refused, whoever vouches") {
  for (const auto bit : {1, 4, 5, 16, 18, 19}) {
    CAPTURE(bit);
    auto wrong = tls;
    wrong.area.attributes ^= 1U << bit;
    CHECK(refusal(check(wrong.certified(nonce, ak))) == errc::malformed);
  }
}

TEST_CASE("each attribute that a TLS key must not have, or lack, is refused by name") {
  const std::pair<int, const char*> rows[] = {
    {1, "tls key: expected fixedTPM"},
    {4, "tls key: expected fixedParent"},
    {5, "tls key: expected sensitiveDataOrigin"},
    {16, "tls key: expected not restricted"},
    {18, "tls key: expected sign"},
    {19, "tls key: expected no x509sign"},
  };
  for (const auto& [bit, where] : rows) {
    minted_tls_key tls;
    tls.area.attributes ^= 1U << bit;
    const auto checked = check_area(tls.area.marshalled());
    REQUIRE_MESSAGE(!checked, where);
    CHECK(checked.error().code == errc::malformed);
    CHECK(checked.error().where == where);
  }
}

TEST_CASE("a TLS key may decrypt, and have a scheme of its own that signs") {
  minted_tls_key tls;
  tls.area.attributes |= 1U << 17;
  CHECK(check_area(tls.area.marshalled()));
  tls = {};
  tls.area.scheme = 0x0018;
  CHECK(check_area(tls.area.marshalled()));
  tls.area.scheme_hash = 0x0004;
  CHECK(refusal(check_area(tls.area.marshalled())) == errc::weak);
  tls.area.scheme = 0x0019; // ECDH
  tls.area.scheme_hash = 0x000B;
  CHECK(refusal(check_area(tls.area.marshalled())) == errc::unsupported);
  tls = {};
  tls.area.name_algorithm = 0x0004;
  CHECK(refusal(check_area(tls.area.marshalled())) == errc::weak);
}

TEST_CASE("a TLS key is of one of four kinds") {
  constexpr auto decrypts_too = minted_tls_key::attributes | 1U << 17;
  CHECK(check_area(rsa_area(2048, decrypts_too)));
  CHECK(check_area(rsa_area(3072, minted_tls_key::attributes)));
  CHECK(refusal(check_area(rsa_area(1024, decrypts_too))) == errc::unsupported);
  CHECK(refusal(check_area(rsa_area(4096, decrypts_too))) == errc::unsupported);
  const std::pair<crypto::key_kind, std::uint16_t> rows[] = {{crypto::key_kind::p384, 0x0004},
                                                             {crypto::key_kind::p521, 0x0005}};
  for (const auto& [kind, curve] : rows) {
    const auto point = crypto::private_key::generate(kind)->public_half().ec_point();
    const auto half = static_cast<std::ptrdiff_t>(point.size() / 2);
    minted_tls_key tls;
    tls.area.curve = curve;
    tls.area.x = {point.begin() + 1, point.begin() + 1 + half};
    tls.area.y = {point.begin() + 1 + half, point.end()};
    const auto checked = check_area(tls.area.marshalled());
    CHECK(checked.has_value() == (kind == crypto::key_kind::p384));
    if (!checked)
      CHECK(checked.error().code == errc::unsupported);
  }
}

TEST_SUITE_END();
