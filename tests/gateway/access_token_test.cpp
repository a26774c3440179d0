#include "services/gateway/access_token.hpp"

#include "services/gateway/callers.hpp"
#include "shared/base/base64.hpp"
#include "shared/codec/jwt.hpp"
#include "tests/support/minted.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace troth;
using namespace troth::services;
using namespace troth::testing;
using nlohmann::json;

namespace {

constexpr std::int64_t now = 1'780'000'000;

time_point at(std::int64_t seconds) {
  return time_point{std::chrono::seconds{seconds}};
}

const crypto::private_key& issuer_key() {
  static const auto made = minted(crypto::private_key::generate(crypto::key_kind::p256));
  return made;
}

json good_claims() {
  return {{"iss", "https://issuer.example"},
          {"aud", "troth"},
          {"sub", "alice"},
          {"exp", now + 300},
          {"iat", now - 10},
          {"roles", {"attester", "their-own"}}};
}

std::string token(const json& claims, const std::string& kid = "k1",
                  const std::string& type = "at+jwt",
                  const crypto::private_key& key = issuer_key()) {
  const codec::signer by{key.default_algorithm(), {}, [&](byte_view signed_bytes) {
                           return key.sign(key.default_algorithm(), signed_bytes);
                         }};
  return *codec::write_jwt(to_bytes(claims.dump()), {kid, type}, by);
}

token_rules rules() {
  return {{{"https://issuer.example",
            {{"k1", issuer_key().public_half(), issuer_key().default_algorithm()}}}},
          "troth",
          std::chrono::seconds{60}};
}

std::string outcome(const std::string& text, std::int64_t when = now) {
  const auto read = read_access_token(text, rules(), at(when));
  return read ? read->name : to_string(read.error());
}

std::string outcome_without(const char* claim) {
  auto claims = good_claims();
  claims.erase(claim);
  return outcome(token(claims));
}

std::string outcome_with(const char* claim, const json& value) {
  auto claims = good_claims();
  claims[claim] = value;
  return outcome(token(claims));
}

} // namespace

TEST_SUITE_BEGIN("gateway/access_token");

TEST_CASE("a token says who calls, and which of our roles it has") {
  const auto read = read_access_token(token(good_claims()), rules(), at(now));
  REQUIRE(read);
  CHECK(read->name == "subject alice");
  CHECK(read->roles == std::vector{role::attester});
  CHECK(outcome_with("aud", {"others", "troth"}) == "subject alice");
  CHECK(outcome(token(good_claims(), "k1", "JWT")) == "subject alice");
}

TEST_CASE("a token without roles of ours has none") {
  auto claims = good_claims();
  claims["roles"] = {"attester+admin", "root", 7};
  CHECK(read_access_token(token(claims), rules(), at(now))->roles.empty());
  claims.erase("roles");
  CHECK(read_access_token(token(claims), rules(), at(now))->roles.empty());
}

TEST_CASE("what a token must say is missed") {
  CHECK(outcome_without("iss") == "missing: token.iss");
  CHECK(outcome_without("aud") == "missing: token.aud");
  CHECK(outcome_without("exp") == "missing: token.exp");
  CHECK(outcome_without("sub") == "missing: token.sub");
  CHECK(outcome_without("iat") == "subject alice");
}

TEST_CASE("a token of others, or for others, is refused") {
  CHECK(outcome_with("iss", "https://other.example") == "untrusted: token.iss");
  CHECK(outcome_with("aud", "others") == "forbidden: token.aud");
  CHECK(outcome_with("aud", 7) == "missing: token.aud");
  CHECK(outcome(token(good_claims(), "k2")) == "untrusted: token.kid");
  CHECK(outcome(token(good_claims(), "")) == "untrusted: token.kid");
  CHECK(outcome(token(good_claims(), "k1", "logout+jwt")) == "unsupported: token.typ");
  const auto stranger = minted(crypto::private_key::generate(crypto::key_kind::p256));
  CHECK(outcome(token(good_claims(), "k1", "JWT", stranger)) == "bad_signature: token.signature");
  const auto other_kind = minted(crypto::private_key::generate(crypto::key_kind::p384));
  CHECK(outcome(token(good_claims(), "k1", "JWT", other_kind)) == "unsupported: token.alg");
}

TEST_CASE("a token has its time") {
  CHECK(outcome(token(good_claims()), now + 359) == "subject alice");
  CHECK(outcome(token(good_claims()), now + 360) == "expired: token.exp");
  CHECK(outcome(token(good_claims()), now - 70) == "subject alice");
  CHECK(outcome(token(good_claims()), now - 71) == "expired: token.iat");
  CHECK(outcome_with("nbf", now + 61) == "expired: token.nbf");
  CHECK(outcome_with("exp", 1.8e9) == "malformed: token.exp");
  CHECK(outcome_with("exp", "1800000000") == "malformed: token.exp");
}

TEST_CASE("a token that was changed, or is signed with nothing, is refused") {
  const auto good = token(good_claims());
  auto changed = good;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  CHECK(outcome(changed) != "subject alice");
  const auto end = good.rfind('.');
  for (const auto* header : {R"({"alg":"none"})", R"({"alg":"HS256","kid":"k1"})"}) {
    const auto forged = base64url(to_bytes(header))
                        + good.substr(good.find('.'), end - good.find('.'));
    CHECK(outcome(forged + ".").find("alice") == std::string::npos);
    CHECK(outcome(forged + good.substr(end)).starts_with("unsupported"));
  }
  CHECK(outcome("").find("alice") == std::string::npos);
  CHECK(outcome("a.b.c").find("alice") == std::string::npos);
}

TEST_CASE("a caller may come with an access token") {
  caller_book book{std::vector<accepted_token>{}, named_roles{}};
  const auto shown = credentials{"Bearer " + token(good_claims()), {"somebody"}};
  CHECK(!book.find(shown)); // nobody said that such are accepted
  book.accept(rules(), [] { return at(now); });
  REQUIRE(book.find(shown));
  CHECK(book.find(shown)->name == "subject alice");
  CHECK(!book.find({"Bearer " + token(good_claims(), "k2"), {"somebody"}}));
}

TEST_SUITE_END();
