#include "shared/report/envelope.hpp"

#include "shared/base/base64.hpp"
#include "shared/codec/cbor_writer.hpp"
#include "shared/codec/cose_sign1.hpp"
#include "shared/codec/jws.hpp"
#include "shared/codec/jwt.hpp"
#include "shared/crypto/issue.hpp"
#include "shared/report/cmw.hpp"
#include "shared/report/eat_claims.hpp"
#include "tests/report/minted_report.hpp"
#include "tests/support/hex.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <array>

using namespace troth;
using namespace troth::report;
using namespace troth::testing;
using nlohmann::json;

namespace {

const time_point now = *parse_time("2026-11-24T10:00:00Z");

std::int64_t seconds(time_point when) {
  return std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
}

std::string outcome_of(byte_view input) {
  const auto out = unwrap_report(input, now);
  if (!out)
    return std::string{name(out.error().code)};
  return *out ? to_text(**out) : "no envelope";
}

std::string outcome_of(std::string_view text) {
  return outcome_of(to_bytes(text));
}

cmw_record wrapped(std::string_view type = report_json_media_type,
                   const bytes& value = {'{', '}'}) {
  return {{}, std::string{type}, value, cmw_indicator::evidence};
}

std::string json_record(const cmw_record& one) {
  return to_text(write_cmw(one, encoding::json));
}

bytes operator+(bytes a, const bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// A report of a key in software, and what its owner signs around it.
struct attester {
  crypto::private_key key = *crypto::private_key::generate(crypto::key_kind::p256);
  bytes nonce = bytes(16, 9);
  troth::report::report made = minted_report(encoding::json);
  bytes sent;

  explicit attester(encoding as = encoding::json) {
    made = minted_report(as);
    made.claims.nonce = nonce;
    made.claims.collaterals.at(1).key = to_bytes(key.public_half().pem());
    write();
  }

  void write() {
    made.context_bytes = write_context(made.claims, made.encoded_as);
    sent = write_report(made);
  }

  cmw_record record() const {
    return wrapped(
      made.encoded_as == encoding::json ? report_json_media_type : report_cbor_media_type, sent);
  }

  json claims() const {
    return {{"eat_profile", report_eat_profile},
            {"eat_nonce", base64url(nonce)},
            {"iat", seconds(now)},
            {"cmw", json::parse(json_record(record()))}};
  }

  /// The map `{10: nonce, 265: profile, 299: wrapper}`.
  bytes cbor_claims() const {
    codec::cbor_writer out;
    out.map(3);
    out.unsigned_integer(10);
    out.byte_string(nonce);
    out.unsigned_integer(265);
    out.text(report_eat_profile);
    out.unsigned_integer(299);
    out.raw(write_cmw(record(), encoding::cbor));
    return out.take();
  }
};

const signature_algorithm es256{signature_scheme::ecdsa, hash_algorithm::sha256};

codec::signer signer_of(const crypto::private_key& key) {
  return {es256, {}, [&key](byte_view data) { return key.sign(es256, data); }};
}

bytes jwt(const json& claims, const crypto::private_key& key) {
  return to_bytes(*codec::write_jwt(to_bytes(claims.dump()), {{}, "JWT"}, signer_of(key)));
}

bytes cwt(const bytes& claims, const crypto::private_key& key, const std::string& type = {}) {
  return *codec::write_cose_sign1(claims, {{}, type}, signer_of(key));
}

} // namespace

TEST_SUITE_BEGIN("report/envelope");

TEST_CASE("a report is taken out of its envelope, and is left alone without one") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    const attester from{as};
    const auto sent = to_text(from.sent);
    CHECK(outcome_of(sent) == "no envelope");
    CHECK(outcome_of(write_cmw(from.record(), encoding::json)) == sent);
    CHECK(outcome_of(write_cmw(from.record(), encoding::cbor)) == sent);
  }
  CHECK(outcome_of("") == "no envelope");
  CHECK(outcome_of(R"({"version":"3.3.0"})") == "no envelope");
  CHECK(outcome_of("a0"_hex) == "no envelope");
  CHECK(outcome_of("a100"_hex) == "no envelope");
}

TEST_CASE("a collection is one wherever its type stands, or without") {
  const auto record = json_record(wrapped());
  CHECK(outcome_of(R"({"__cmwc_t":"tag:x,2026:y","a":)" + record + '}') == "{}");
  CHECK(outcome_of(R"({"a":)" + record + R"(,"__cmwc_t":"tag:x,2026:y"})") == "{}");
  CHECK(outcome_of("{ \"a\\\"b\" :\n" + record + '}') == "{}");
  CHECK(outcome_of(R"({"a":{"b":)" + record + "}}") == "{}");
  const auto cbor = write_cmw(wrapped(), encoding::cbor);
  CHECK(outcome_of("a1 6161"_hex + cbor) == "{}");
  CHECK(outcome_of("a1 03"_hex + cbor) == "{}");
  CHECK(outcome_of("a2 685f5f636d77635f74 6178 6161"_hex + cbor) == "{}"); // "__cmwc_t": "x"
}

TEST_CASE("a media type is one in any case, with parameters, and says what the value is") {
  CHECK(outcome_of(json_record(wrapped("Application/VND.troth.report+JSON; a=b"))) == "{}");
  CHECK(outcome_of(json_record(wrapped(report_cbor_media_type))) == "malformed");
  CHECK(outcome_of(json_record(wrapped(report_json_media_type, "a0"_hex))) == "malformed");
  CHECK(outcome_of(json_record(wrapped(report_json_media_type, {}))) == "truncated");
}

TEST_CASE("white space in front of JSON says nothing") {
  CHECK(outcome_of(" \r\n\t" + json_record(wrapped())) == "{}");
  CHECK(outcome_of("\n{\"a\": " + json_record(wrapped()) + "}\n") == "{}");
  CHECK(outcome_of(" {\"evidences\": []}") == "no envelope");
  CHECK(outcome_of(" ") == "no envelope");
}

TEST_CASE("a record whose indicator names no evidence has no report") {
  auto record = wrapped();
  for (const auto as : {encoding::json, encoding::cbor}) {
    record.indicator = cmw_indicator::attestation_results;
    CHECK(outcome_of(write_cmw(record, as)) == "conflict");
    record.indicator |= cmw_indicator::evidence;
    CHECK(outcome_of(write_cmw(record, as)) == "{}");
    record.indicator = 0; // it says nothing
    CHECK(outcome_of(write_cmw(record, as)) == "{}");
  }
}

TEST_CASE("an envelope with several reports, or none, is refused") {
  CHECK(outcome_of(json_record(wrapped("application/x"))) == "missing");
  const auto record = json_record(wrapped());
  CHECK(outcome_of(R"({"a":)" + record + R"(,"b":)" + record + '}') == "conflict");
  CHECK(outcome_of(R"({"a":)" + record + R"(,"b":["application/eat+jwt","e30"]})") == "conflict");
  CHECK(outcome_of("[") == "truncated");
}

TEST_CASE("a report is taken out of claims of our profile that are not signed") {
  const attester from;
  const auto sent = to_text(from.sent);
  CHECK(outcome_of(from.claims().dump()) == sent);
  CHECK(outcome_of("d90259"_hex + from.cbor_claims()) == sent);
  auto claims = from.claims();
  claims.erase("eat_nonce");
  claims["other"] = 1;
  CHECK(outcome_of(claims.dump()) == sent);
  claims["eat_nonce"] = {"AAAAAAAAAAA", base64url(from.nonce)};
  CHECK(outcome_of(claims.dump()) == sent);
}

TEST_CASE("claims of another profile, and without a report, are refused") {
  const attester from;
  const auto changed = [&](const char* name, const json& value) {
    auto claims = from.claims();
    claims[name] = value;
    return outcome_of(claims.dump());
  };
  CHECK(changed("eat_profile", "tag:other.example,2026:x") == "unsupported");
  CHECK(changed("eat_profile", 1) == "unsupported");
  CHECK(changed("cmw", {"a/b", "AA"}) == "missing");
  CHECK(changed("cmw", 1) == "malformed");
  CHECK(outcome_of(R"({"eat_profile":"tag:troth.example,2026:report"})") == "missing");
  const auto profile = "190109 781d"_hex + to_bytes(report_eat_profile);
  const auto uccs = [&](const bytes& rest) { return outcome_of("d90259 a2"_hex + profile + rest); };
  CHECK(uccs("19012b 82183240"_hex) == "missing"); // a wrapper of something else
  CHECK(uccs("0a 4100"_hex) == "missing");
  CHECK(uccs(profile) == "malformed"); // a claim twice
  CHECK(uccs("01"_hex) == "truncated");
  CHECK(outcome_of("d90259 a1 19012b"_hex + write_cmw(wrapped(), encoding::cbor)) == "unsupported");
  CHECK(outcome_of("d90259 80"_hex) == "malformed");
}

TEST_CASE("times and nonces of claims must hold, signed or not") {
  const attester from;
  const auto changed = [&](const char* name, const json& value) {
    auto claims = from.claims();
    claims[name] = value;
    const auto open = outcome_of(claims.dump());
    CHECK(outcome_of(jwt(claims, from.key)) == open);
    return open == to_text(from.sent) ? "taken" : open;
  };
  CHECK(changed("iat", seconds(now) + 60) == "taken");
  CHECK(changed("iat", seconds(now) + 61) == "expired");
  CHECK(changed("iat", 1.5) == "malformed");
  CHECK(changed("nbf", seconds(now) + 61) == "expired");
  CHECK(changed("exp", seconds(now) - 59) == "taken");
  CHECK(changed("exp", seconds(now) - 60) == "expired");
  CHECK(changed("exp", "tomorrow") == "malformed");
  CHECK(changed("eat_nonce", base64url(bytes(16, 8))) == "conflict");
  CHECK(changed("eat_nonce", base64url(bytes(17, 9))) == "conflict");
  CHECK(changed("eat_nonce", "=") == "malformed");
  CHECK(changed("eat_nonce", json::array({1})) == "malformed");
}

TEST_CASE("a signed envelope is opened if an attestation key of the report signed it") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    const attester from{as};
    const auto sent = to_text(from.sent);
    CHECK(outcome_of(jwt(from.claims(), from.key)) == sent);
    CHECK(outcome_of(to_text(jwt(from.claims(), from.key)) + "\r\n") == sent); // in a file
    CHECK(outcome_of(cwt(from.cbor_claims(), from.key)) == sent);
    CHECK(outcome_of("d83d"_hex + cwt(from.cbor_claims(), from.key)) == sent); // a CWT's tag
    CHECK(
      outcome_of(cwt(write_cmw(from.record(), encoding::cbor), from.key, "application/cmw+cbor"))
      == sent);
    for (const auto form : {codec::jws_form::flattened, codec::jws_form::general})
      for (const auto& payload : {from.claims().dump(), json_record(from.record())})
        CHECK(
          outcome_of(*codec::write_jws(to_bytes(payload), std::array{signer_of(from.key)}, form))
          == sent);
  }
}

TEST_CASE("an envelope that somebody else signed is refused") {
  attester from;
  const auto other = *crypto::private_key::generate(crypto::key_kind::p256);
  CHECK(outcome_of(jwt(from.claims(), other)) == "bad_signature");
  CHECK(outcome_of(cwt(from.cbor_claims(), other)) == "bad_signature");
  const auto claims = to_bytes(from.claims().dump());
  const std::array both{signer_of(from.key), signer_of(other)};
  CHECK(outcome_of(*codec::write_jws(claims, both, codec::jws_form::general)) == "bad_signature");
  auto token = jwt(from.claims(), from.key);
  token.back() = token.back() == 'A' ? 'Q' : 'A'; // of the last byte
  CHECK(outcome_of(token) == "bad_signature");
  SUBCASE("though it names a key of its own") {
    // {"alg":"ES256","jwk":{...}}: passed over in a JWT, refused in a JWS of JSON form
    const auto header = base64url(to_bytes(R"({"alg":"ES256","jwk":{"kty":"EC"}})"));
    const auto input = header + '.' + base64url(claims);
    const auto signature = base64url(*other.sign(es256, to_bytes(input)));
    CHECK(outcome_of(input + '.' + signature) == "bad_signature");
    CHECK(outcome_of(R"({"payload":")" + base64url(claims) + R"(","protected":")" + header
                     + R"(","signature":")" + signature + R"("})")
          == "unsupported");
  }
  SUBCASE("where the report has no key that could sign") {
    from.made.claims.collaterals.pop_back();
    from.write();
    CHECK(outcome_of(jwt(from.claims(), other)) == "untrusted");
  }
  SUBCASE("or none at all is told") {
    const auto none = base64url(to_bytes(R"({"alg":"none"})")) + '.' + base64url(claims) + '.';
    CHECK(outcome_of(none) == "malformed");
    CHECK(outcome_of(none + "AA") == "unsupported");
    CHECK(outcome_of(base64url(to_bytes(R"({"alg":"HS256"})")) + '.' + base64url(claims) + ".AA")
          == "unsupported");
  }
}

TEST_CASE("the key of a TPM's certificate signs, too") {
  attester from;
  crypto::certificate_content content;
  content.subject.common_name = "AK";
  content.not_before = now;
  content.not_after = now + std::chrono::hours{1};
  const auto issued = crypto::self_sign(content, from.key);
  REQUIRE(issued);
  from.made.claims.collaterals.at(0).certificates = {issued->der()};
  from.made.claims.collaterals.pop_back();
  from.write();
  CHECK(outcome_of(jwt(from.claims(), from.key)) == to_text(from.sent));
}

TEST_CASE("envelopes open in each other, to a depth of four") {
  const attester from;
  const auto sent = to_text(from.sent);
  const auto around = [](const char* type, const bytes& value) {
    return write_cmw(wrapped(type, value), encoding::cbor);
  };
  const auto token = jwt(from.claims(), from.key);
  CHECK(outcome_of(around("application/eat+jwt; eat_profile=\"x\"", token)) == sent);
  CHECK(outcome_of(around("application/eat+cwt", cwt(from.cbor_claims(), from.key))) == sent);
  CHECK(outcome_of(around("application/eat-ucs+json", to_bytes(from.claims().dump()))) == sent);
  CHECK(outcome_of(around("application/eat-ucs+cbor", "d90259"_hex + from.cbor_claims())) == sent);
  CHECK(outcome_of(around("application/eat+jwt", from.sent)) == "missing");
  auto deep = write_cmw(from.record(), encoding::cbor);
  for (int n = 1; n < 4; ++n)
    deep = around("application/cmw+cbor", deep);
  CHECK(outcome_of(deep) == sent);
  CHECK(outcome_of(around("application/cmw+cbor", deep)) == "too_large");
}

TEST_SUITE_END();
