#include "shared/base/base64.hpp"
#include "shared/base/hex.hpp"
#include "shared/codec/cose_sign1.hpp"
#include "shared/codec/jwt.hpp"
#include "shared/report/ear_token.hpp"
#include "tests/support/minted.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace troth;
using namespace troth::report;
using namespace troth::testing;
using nlohmann::json;

namespace {

/// A verifier's key, and what a relying party knows of it.
struct authority {
  ear_signing_key signing{minted(crypto::private_key::generate(crypto::key_kind::p256)), "one"};
  std::vector<crypto::named_key> keys{
    {"one", signing.key.public_half(), signing.key.default_algorithm()}};
};

const authority& verifier() {
  static const authority made;
  return made;
}

constexpr std::int64_t now = 1'780'000'000;

ear_claims minted_claims(std::string_view profile = ietf_profile) {
  ear_claims out;
  out.profile = profile;
  out.issued_at = now;
  out.expires = now + 300;
  out.issuer = "verifier.example";
  out.audience = {"party.example"};
  out.nonce = base64url(bytes(32, 0x5a));
  out.developer = "Troth";
  out.build = "1.0";
  auto& part = out.parts["TPM"];
  part.status = trust_tier::affirming;
  part.vector[trust_claim::hardware] = trust_value::genuine_hw;
  part.vector[trust_claim::executables] = trust_value::approved_boot;
  part.policy_ids = {"default"};
  if (dialect_of(profile) == ear_dialect::ietf)
    out.status = trust_tier::affirming;
  return out;
}

ear_expectations expectations(std::string_view profile = ietf_profile) {
  ear_expectations out;
  out.profiles = {std::string{profile}};
  out.now = time_point{std::chrono::seconds{now + 10}};
  out.nonce = base64url(bytes(32, 0x5a));
  out.audience = "party.example";
  out.issuer = "verifier.example";
  out.policy_id = "default";
  return out;
}

template <class T>
std::string refusal(const result<T>& outcome) {
  return outcome ? "accepted" : std::string{name(outcome.error().code)};
}

/// A JWT with any claims and header, signed with the verifier's key.
bytes forged(const json& claims, const codec::token_header& header = {"one", "JWT"}) {
  const auto& key = verifier().signing.key;
  return to_bytes(minted(codec::write_jwt(to_bytes(claims.dump()), header,
                                          {key.default_algorithm(), {}, [&](byte_view over) {
                                             return key.sign(key.default_algorithm(), over);
                                           }})));
}

json good_json() {
  return json::parse(to_text(write_ear_claims(minted_claims(), encoding::json)));
}

void check_claims(errc code, void (*spoil)(json&)) {
  auto claims = good_json();
  spoil(claims);
  CAPTURE(claims.dump());
  CHECK(refusal(verify_ear(forged(claims), verifier().keys, expectations())) == name(code));
}

void check_expectations(errc code, void (*change)(ear_expectations&)) {
  auto expected = expectations();
  change(expected);
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto token = minted(sign_ear(minted_claims(), as, verifier().signing));
    CHECK(refusal(verify_ear(token, verifier().keys, expected)) == name(code));
  }
}

} // namespace

TEST_SUITE_BEGIN("report/ear");

TEST_CASE("a token of either dialect, as a JWT and as a CWT, says what was signed") {
  for (const auto profile : {ietf_profile, veraison_profile, trustee_profile})
    for (const auto as : {encoding::json, encoding::cbor}) {
      const auto claims = minted_claims(profile);
      const auto token = minted(sign_ear(claims, as, verifier().signing));
      const auto read = verify_ear(token, verifier().keys, expectations(profile));
      REQUIRE_MESSAGE(read, refusal(read));
      const auto& said = **read;
      CHECK(said.profile == profile);
      CHECK(said.issued_at == now);
      CHECK(said.expires == now + 300);
      CHECK(said.issuer == "verifier.example");
      CHECK(said.audience == std::vector<std::string>{"party.example"});
      CHECK(said.nonce == claims.nonce);
      CHECK(said.developer == "Troth");
      CHECK(said.status == claims.status);
      REQUIRE(said.parts.count("TPM") == 1);
      CHECK((said.parts.at("TPM").vector == claims.parts.at("TPM").vector));
      CHECK((said.parts.at("TPM").status == trust_tier::affirming));
      CHECK(said.parts.at("TPM").policy_ids == std::vector<std::string>{"default"});
    }
}

TEST_CASE("the dialects differ in names, and in the type of the policies") {
  const auto ietf = good_json();
  CHECK(ietf["ear_status"] == "affirming");
  CHECK(ietf["submods"]["TPM"]["ear_appraisal_policy_ids"] == json::array({"default"}));
  const auto old
    = json::parse(to_text(write_ear_claims(minted_claims(veraison_profile), encoding::json)));
  CHECK(!old.contains("ear_status"));
  CHECK(old["submods"]["TPM"]["ear.status"] == "affirming");
  CHECK(old["submods"]["TPM"]["ear.appraisal-policy-id"] == "default");
  CHECK(old["submods"]["TPM"]["ear.trustworthiness-vector"]["hardware"] == 2);
}

TEST_CASE("a token without a signature of a key pair is refused") {
  const auto claims = base64url(write_ear_claims(minted_claims(), encoding::json));
  for (const auto* const header : {R"({"alg":"none"})", R"({"alg":"HS256","kid":"one"})"}) {
    const auto token = base64url(to_bytes(header)) + '.' + claims + '.' + base64url(bytes(64));
    CHECK(refusal(verify_ear(to_bytes(token), verifier().keys, expectations())) == "unsupported");
  }
}

TEST_CASE("a token of a key that is unknown, or was rotated out, is refused as untrusted") {
  const auto token = minted(sign_ear(minted_claims(), encoding::json, verifier().signing));
  const authority next;
  auto keys = next.keys;
  keys.front().id = "two";
  CHECK(refusal(verify_ear(token, keys, expectations())) == "untrusted");
  CHECK(refusal(verify_ear(token, {}, expectations())) == "untrusted");
}

TEST_CASE("the old key stays good as long as it is in the set") {
  const auto token = minted(sign_ear(minted_claims(), encoding::json, verifier().signing));
  const authority next;
  auto keys = next.keys;
  keys.front().id = "two";
  keys.push_back(verifier().keys.front());
  CHECK(verify_ear(token, keys, expectations()));
}

TEST_CASE("a token that another key signed under our key's id is refused") {
  const authority other;
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto token = minted(sign_ear(minted_claims(), as, other.signing));
    CHECK(refusal(verify_ear(token, verifier().keys, expectations())) == "bad_signature");
  }
}

TEST_CASE("a token without a key id is tried with each key of its algorithm") {
  CHECK(verify_ear(forged(good_json(), {}), verifier().keys, expectations()));
  CHECK(refusal(verify_ear(forged(good_json(), {}), authority{}.keys, expectations()))
        == "bad_signature");
}

TEST_CASE("a key is good for its own algorithm only") {
  auto keys = verifier().keys;
  keys.front().algorithm.hash = hash_algorithm::sha384;
  CHECK(refusal(verify_ear(forged(good_json()), keys, expectations())) == "unsupported");
}

TEST_CASE("every changed byte of a token is noticed") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto token = minted(sign_ear(minted_claims(), as, verifier().signing));
    for (std::size_t at = 0; at < token.size(); at += 7) {
      CAPTURE(at);
      auto bad = token;
      bad[at] ^= 0x01;
      CHECK(!verify_ear(bad, verifier().keys, expectations()));
    }
  }
}

TEST_CASE("a profile that is not expected is refused, and no profile is expected unasked") {
  check_expectations(errc::unsupported,
                     [](auto& x) { x.profiles = {"tag:ietf.org,2026:rats/ear#05"}; });
  check_expectations(errc::unsupported, [](auto& x) { x.profiles.clear(); });
}

TEST_CASE("a token is good between its times, with some leeway") {
  const auto at = [](std::int64_t when) {
    auto expected = expectations();
    expected.now = time_point{std::chrono::seconds{when}};
    return refusal(verify_ear(forged(good_json()), verifier().keys, expected));
  };
  CHECK(at(now - 61) == "expired");
  CHECK(at(now - 60) == "accepted");
  CHECK(at(now + 359) == "accepted");
  CHECK(at(now + 360) == "expired");
  check_claims(errc::expired, [](json& claims) { claims["nbf"] = now + 71; });
  auto soon = good_json();
  soon["nbf"] = now + 70;
  CHECK(verify_ear(forged(soon), verifier().keys, expectations()));
}

TEST_CASE("a token for another nonce, audience, issuer or policy is refused") {
  check_expectations(errc::no_challenge, [](auto& x) { x.nonce = base64url(bytes(32, 0x5b)); });
  check_expectations(errc::forbidden, [](auto& x) { x.audience = "other.example"; });
  check_expectations(errc::forbidden, [](auto& x) { x.issuer = "other.example"; });
  check_expectations(errc::forbidden, [](auto& x) { x.policy_id = "strict"; });
}

TEST_CASE("a nonce is the same in each form of base64") {
  const auto outcome_of = [](const char* told) {
    auto claims = good_json();
    claims["eat_nonce"] = told;
    auto expected = expectations();
    expected.nonce = base64url(bytes(8, 0xfb)); // -_v7-_v7-_s
    return refusal(verify_ear(forged(claims), verifier().keys, expected));
  };
  for (const auto* const same : {"-_v7-_v7-_s", "-_v7-_v7-_s=", "+/v7+/v7+/s", "+/v7+/v7+/s="})
    CHECK(outcome_of(same) == "accepted");
  for (const auto* const other : {"-_v7-_v7-_w", "-_v7-_v7-_ss", "=-_v7-_v7-_s"})
    CHECK(outcome_of(other) == "no_challenge");
  CHECK(outcome_of("========") == "missing");
}

TEST_CASE("a token that does not tell what is expected is refused") {
  check_claims(errc::missing, [](json& claims) { claims.erase("eat_nonce"); });
  check_claims(errc::missing, [](json& claims) { claims.erase("aud"); });
  check_claims(errc::missing, [](json& claims) { claims.erase("iss"); });
  check_claims(errc::missing,
               [](json& claims) { claims["submods"]["TPM"].erase("ear_appraisal_policy_ids"); });
}

TEST_CASE("a status better than what it sums up is refused") {
  check_claims(errc::conflict, [](json& claims) {
    claims["submods"]["TPM"]["ear_trustworthiness_vector"]["executables"] = 33;
  });
  check_claims(errc::conflict,
               [](json& claims) { claims["submods"]["TPM"]["ear_status"] = "warning"; });
}

TEST_CASE("claims of another form are refused") {
  check_claims(errc::malformed, [](json& claims) { claims["iat"] = 1.78e9; });
  check_claims(errc::malformed, [](json& claims) { claims["exp"] = 1.78e9; });
  check_claims(errc::malformed, [](json& claims) { claims["exp"] = "tomorrow"; });
  check_claims(errc::malformed, [](json& claims) { claims["iat"] = -1; });
  check_claims(errc::missing, [](json& claims) { claims.erase("iat"); });
  check_claims(errc::missing, [](json& claims) { claims.erase("eat_profile"); });
  check_claims(errc::missing, [](json& claims) { claims.erase("submods"); });
  check_claims(errc::missing, [](json& claims) { claims["submods"] = json::object(); });
  check_claims(errc::malformed, [](json& claims) { claims["submods"] = 1; });
  check_claims(errc::missing, [](json& claims) { claims["submods"]["TPM"].erase("ear_status"); });
  check_claims(errc::malformed, [](json& claims) { claims["submods"]["TPM"]["ear_status"] = 3; });
  check_claims(errc::malformed,
               [](json& claims) { claims["submods"]["TPM"]["ear_status"] = "fine"; });
  check_claims(errc::malformed, [](json& claims) {
    claims["submods"]["TPM"]["ear_trustworthiness_vector"]["hardware"] = 128;
  });
  check_claims(errc::malformed, [](json& claims) {
    claims["submods"]["TPM"]["ear_trustworthiness_vector"]["luck"] = 2;
  });
  check_claims(errc::malformed, [](json& claims) { claims["eat_nonce"] = "short"; });
  check_claims(errc::malformed, [](json& claims) { claims["eat_nonce"] = std::string(89, 'A'); });
  check_claims(errc::missing, [](json& claims) { claims.erase("ear_verifier_id"); });
}

TEST_CASE("a vector of a JWT may have the words that Veraison has for numbers") {
  auto claims = good_json();
  auto& part = claims["submods"]["TPM"];
  auto& vector = part["ear_trustworthiness_vector"];
  vector = {{"executables", "approved_boot"},
            {"hardware", "genuine_hw"},
            {"file-system", 2},
            {"configuration", "no_claim"}};
  const auto read = verify_ear(forged(claims), verifier().keys, expectations());
  REQUIRE_MESSAGE(read, refusal(read));
  const auto& said = (**read).parts.at("TPM").vector;
  CHECK(said[trust_claim::executables] == 3);
  CHECK(said[trust_claim::hardware] == 2);
  CHECK(said[trust_claim::file_system] == 2);
  CHECK(said[trust_claim::configuration] == 0);

  const auto outcome_of = [&](const char* claim, const char* word) {
    auto changed = claims;
    changed["submods"]["TPM"]["ear_trustworthiness_vector"][claim] = word;
    return refusal(verify_ear(forged(changed), verifier().keys, expectations()));
  };
  CHECK(outcome_of("storage-opaque", "hw_encrypted_secrets") == "accepted");
  CHECK(outcome_of("hardware", "crypto_failed") == "conflict"); // worse than the status
  CHECK(outcome_of("hardware", "contraindicated_hw") == "conflict");
  CHECK(outcome_of("hardware", "approved_boot") == "malformed"); // another claim's
  CHECK(outcome_of("hardware", "2") == "malformed");
  CHECK(outcome_of("hardware", "") == "malformed");
}

TEST_CASE("a vector of a CWT has numbers") {
  // {265: "p", 6: 1, 1004: {0: "a", 1: "b"}, 266: {"x": {1000: 2, 1001: {4: "genuine_hw"}}}}
  const auto claims = [](std::string_view value) {
    return *from_hex("a419010961700601"
                     "1903eca20061610161"
                     "62"
                     "19010aa16178a2"
                     "1903e802"
                     "1903e9a104"
                     + std::string{value});
  };
  CHECK(parse_ear_claims(claims("02"), encoding::cbor));
  CHECK(refusal(parse_ear_claims(claims("6a67656e75696e655f6877"), encoding::cbor)) == "malformed");
}

TEST_CASE("a nonce in a CWT has 8 to 64 bytes") {
  auto claims = minted_claims();
  claims.nonce.clear(); // it is put behind the others
  for (const auto& [size, outcome] :
       {std::pair{8, "accepted"}, {64, "accepted"}, {7, "malformed"}, {65, "malformed"}}) {
    CAPTURE(size);
    auto written = write_ear_claims(claims, encoding::cbor);
    ++written.front();
    const bytes head{0x0a, 0x58, static_cast<std::uint8_t>(size)};
    written.insert(written.end(), head.begin(), head.end());
    written.resize(written.size() + static_cast<std::size_t>(size), 0x5a);
    CHECK(refusal(parse_ear_claims(written, encoding::cbor)) == outcome);
  }
}

TEST_CASE("claims that we do not know are passed over") {
  auto claims = good_json();
  claims["x.example/more"] = {1, 2};
  claims["ear_raw_evidence"] = json::array({"application/x", "AA"});
  CHECK(verify_ear(forged(claims), verifier().keys, expectations()));
}

TEST_CASE("of two values of a claim the one that must be told stays") {
  trust_vector vector;
  vector.add(trust_claim::executables, 3);
  vector.add(trust_claim::executables, 0);
  CHECK(vector[trust_claim::executables] == 3);
  vector.add(trust_claim::executables, -40); // own warning
  vector.add(trust_claim::executables, 33);  // a standard one goes before it
  CHECK(vector[trust_claim::executables] == 33);
  vector.add(trust_claim::executables, -128);
  CHECK((vector.worst() == trust_tier::contraindicated));
}

TEST_SUITE_END();
