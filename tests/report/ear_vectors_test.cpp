#include "shared/base/hex.hpp"
#include "shared/report/ear_token.hpp"
#include "tests/support/vectors.hpp"

#include <doctest/doctest.h>

// Tokens that other implementations made.

using namespace troth;
using namespace troth::report;
using namespace troth::testing;

namespace {

/// A file without the line break behind its only line.
result<bytes> read_line(const char* name) {
  auto read = read_vector(std::filesystem::path{"ear"} / name);
  if (!read)
    return read;
  auto out = *std::move(read);
  while (!out.empty() && (out.back() == '\n' || out.back() == '\r'))
    out.pop_back();
  return out;
}

std::optional<std::vector<crypto::named_key>> known_keys() {
  const auto text = read_line("jwks.json");
  if (!text) {
    skip_without_vectors(5);
    return std::nullopt;
  }
  auto keys = crypto::parse_jwks(to_text(*text));
  REQUIRE(keys);
  return *std::move(keys);
}

ear_expectations any_profile_at(std::int64_t seconds) {
  ear_expectations out;
  out.profiles = {std::string{veraison_profile}, std::string{trustee_profile},
                  std::string{ietf_profile}};
  out.now = time_point{std::chrono::seconds{seconds}};
  return out;
}

constexpr std::int64_t after = 1'790'000'000;

} // namespace

TEST_SUITE_BEGIN("report/ear vectors");

TEST_CASE("a token of Veraison is read, with its public key in the header and without") {
  const auto keys = known_keys();
  if (!keys)
    return;
  for (const auto* const file : {"veraison2023.jwt", "veraison2023-jwk-in-header.jwt"}) {
    const auto read = verify_ear(*read_line(file), *keys, any_profile_at(after));
    REQUIRE(read);
    const auto& claims = **read;
    CHECK(claims.issued_at == 1'666'091'373);
    CHECK(claims.developer == "Acme Inc.");
    CHECK(claims.build == "rrtrap-v1.0.0");
    const auto& part = claims.parts.at("test");
    CHECK((part.status == trust_tier::affirming));
    CHECK(part.vector[trust_claim::executables] == 3);
    CHECK(part.vector[trust_claim::sourced_data] == 2);
    CHECK(part.policy_ids
          == std::vector<std::string>{"https://veraison.example/policy/1/60a0068d"});
  }
}

TEST_CASE("the key in a token's header vouches for nothing") {
  const auto keys = known_keys();
  if (!keys)
    return;
  const std::vector<crypto::named_key> others{keys->at(1)};
  for (const auto* const file : {"veraison2023-jwk-in-header.jwt", "trustee2024-expired.jwt"}) {
    const auto read = verify_ear(*read_line(file), others, any_profile_at(1'752'059'200));
    REQUIRE(!read);
    CHECK(read.error().code == errc::bad_signature);
  }
}

TEST_CASE("a token of the past is refused, were its key known") {
  const auto token = read_line("trustee2024-expired.jwt");
  if (!known_keys())
    return;
  const auto keys = crypto::parse_jwks(
    R"({"kty":"EC","crv":"P-256","x":"KRugF02OBR7J0Op3RadryukePhKCQnAVWgajPbNWKjE",)"
    R"("y":"ut2YOceP3yq5jvCF6NbeViBCeB50QEOS3YYrYLyCxrE"})");
  REQUIRE(keys);
  const auto late = verify_ear(*token, *keys, any_profile_at(after));
  REQUIRE(!late);
  CHECK(late.error().code == errc::expired);
  const auto in_time = verify_ear(*token, *keys, any_profile_at(1'752'059'200));
  REQUIRE(in_time);
  CHECK((**in_time).parts.at("cpu0").vector[trust_claim::configuration] == 3);
}

TEST_CASE("a token with a time that is no integer is refused") {
  const auto keys = known_keys();
  if (!keys)
    return;
  const auto read = verify_ear(*read_line("draft-appendix-float-iat.jwt"), *keys,
                               any_profile_at(after));
  REQUIRE(!read);
  CHECK(read.error().code == errc::malformed);
  CHECK(read.error().where == "ear.iat");
}

TEST_CASE("a token of the newest draft is read as a JWT and as a CWT") {
  const auto keys = known_keys();
  if (!keys)
    return;
  const auto cwt = from_hex(to_text(*read_line("ear-ietf04.cose.hex")));
  REQUIRE(cwt);
  for (const auto& token : {*read_line("ear-ietf04.jwt"), *cwt}) {
    const auto read = verify_ear(token, *keys, any_profile_at(after));
    REQUIRE(read);
    const auto& claims = **read;
    CHECK(claims.profile == ietf_profile);
    CHECK(claims.status == trust_tier::contraindicated);
    const auto& part = claims.parts.at("PSA");
    CHECK((part.status == trust_tier::contraindicated));
    CHECK(part.vector[trust_claim::executables] == 96);
    CHECK(part.vector[trust_claim::hardware] == 2);
  }
  const auto claims = from_hex(to_text(*read_line("ear-ietf04.claims.hex")));
  CHECK(parse_ear_claims(*claims, encoding::cbor));
}

TEST_SUITE_END();
