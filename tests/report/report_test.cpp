#include "shared/report/report.hpp"

#include "shared/base/base64.hpp"
#include "tests/report/minted_report.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace troth;
using namespace troth::testing;
using nlohmann::json;

namespace {

void check_equal(const report::artifact& a, const report::artifact& b) {
  CHECK(a.type == b.type);
  CHECK(a.index == b.index);
  CHECK(a.events == b.events);
}

void check_equal(const report::collateral& a, const report::collateral& b) {
  CHECK(a.type == b.type);
  CHECK(a.certificates == b.certificates);
  CHECK(a.key == b.key);
  REQUIRE(a.artifacts.size() == b.artifacts.size());
  for (std::size_t i = 0; i < a.artifacts.size(); ++i)
    check_equal(a.artifacts[i], b.artifacts[i]);
}

void check_equal(const report::evidence& a, const report::evidence& b) {
  CHECK(a.type == b.type);
  CHECK(a.body == b.body);
  CHECK(a.additional == b.additional);
  CHECK(a.signature == b.signature);
}

template <class T>
void check_equal(const std::vector<T>& a, const std::vector<T>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    check_equal(a[i], b[i]);
}

void check_equal(const report::report& a, const report::report& b) {
  CHECK(a.version == b.version);
  CHECK(a.name == b.name);
  CHECK((a.encoded_as == b.encoded_as));
  check_equal(a.evidences, b.evidences);
  CHECK(a.claims.hash_name == b.claims.hash_name);
  CHECK(a.claims.nonce == b.claims.nonce);
  check_equal(a.claims.collaterals, b.claims.collaterals);
  CHECK(a.claims.digests == b.claims.digests);
  CHECK(a.claims.metadata == b.claims.metadata);
  CHECK(a.claims.certificates == b.claims.certificates);
  CHECK(a.context_bytes == b.context_bytes);
}

json context_of(const report::report& minted) {
  return json::parse(*from_base64url(to_text(minted.context_bytes)));
}

/// Parses a JSON report after a change to it, or to its context.
template <class Change>
result<report::report> parse_changed(Change change) {
  const auto minted = minted_report(report::encoding::json);
  auto outer = json::parse(report::write_report(minted));
  auto inner = context_of(minted);
  change(outer, inner);
  if (outer.contains("context") && outer["context"].is_string())
    outer["context"] = base64url(to_bytes(inner.dump()));
  return report::parse_report(to_bytes(outer.dump()));
}

template <class Change>
void check_refused(errc code, const std::string& where, Change change) {
  CAPTURE(where);
  const auto parsed = parse_changed(change);
  REQUIRE(!parsed);
  CHECK(name(parsed.error().code) == name(code));
  CHECK(parsed.error().where == where);
}

template <class T>
json many(std::size_t count, const T& value) {
  return json(std::vector<json>(count, json(value)));
}

} // namespace

TEST_SUITE_BEGIN("report/report");

TEST_CASE("a report reads as it was written, in each encoding") {
  for (const auto as : {report::encoding::json, report::encoding::cbor}) {
    const auto minted = minted_report(as);
    const auto parsed = report::parse_report(report::write_report(minted));
    REQUIRE(parsed);
    check_equal(*parsed, minted);
    CHECK(report::write_context(parsed->claims, as) == parsed->context_bytes);
    CHECK(report::write_report(*parsed) == report::write_report(minted));
  }
}

TEST_CASE("a JSON report has the reference's members in its order") {
  const auto minted = minted_report(report::encoding::json);
  const auto text = to_text(report::write_report(minted));
  CHECK(text.starts_with(R"({"version":"3.3.0","type":"Attestation Report",)"
                         R"("name":"machine.example","encoding":"b64","evidences":[{"type":)"
                         R"("TPM Evidence","evidence":"AQI=","addData":"Aw==","signature":"BA=="},)"
                         R"({"type":"SW Evidence","evidence":"BQ=="}],"context":"ey)"));
  const auto context = to_text(*from_base64url(to_text(minted.context_bytes)));
  CHECK(context.starts_with(
    R"({"type":"Context","alg":"SHA-256","nonce":"CQkJCQkJCQk=","collateral":[)"
    R"({"type":"TPM Evidence","certs":["MAA=","MAE="],"artifacts":[{"type":"PCR Eventlog",)"
    R"("index":4,"events":[{"type":"operating-system","name":"kernel","hashes":[{"alg":"SHA-256",)"
    R"("content":"aaaa)"));
  CHECK(context.find(R"({"type":"PCR Eventlog","index":5}]},{"type":"SW Evidence","key":)")
        != std::string::npos);
}

TEST_CASE("every proper prefix of a CBOR report is refused as truncated") {
  check_prefixes(report::write_report(minted_report(report::encoding::cbor)), report::parse_report);
}

TEST_CASE("every proper prefix of a JSON report is refused as truncated") {
  check_prefixes(report::write_report(minted_report(report::encoding::json)), report::parse_report);
}

TEST_CASE("what is behind a report is refused as trailing") {
  const auto cbor = report::write_report(minted_report(report::encoding::cbor));
  check_trailing(cbor, "report at byte " + std::to_string(cbor.size()), report::parse_report);
  auto text = report::write_report(minted_report(report::encoding::json));
  text.push_back('{');
  const auto parsed = report::parse_report(text);
  REQUIRE(!parsed);
  CHECK(name(parsed.error().code) == name(errc::trailing));
}

TEST_CASE("what is neither JSON nor CBOR is refused at its first byte") {
  for (const auto first : "00 30 5b 80 9f c0 ef ff"_hex) {
    const auto parsed = report::parse_report(bytes{first, 0});
    REQUIRE(!parsed);
    CHECK(name(parsed.error().code) == name(errc::malformed));
    CHECK(parsed.error().where == "report at byte 0: neither JSON nor CBOR");
  }
}

TEST_CASE("a report of another version, type, encoding or context is not supported") {
  check_refused(errc::unsupported, "report.version: expected 3.3.0",
                [](json& outer, json&) { outer["version"] = "3.4.0"; });
  check_refused(errc::unsupported, "report.type: expected Attestation Report",
                [](json& outer, json&) { outer["type"] = "Attestation Result"; });
  for (const auto* const other : {"cbor", "jcs", ""})
    check_refused(errc::unsupported, "report.encoding: expected b64",
                  [&](json& outer, json&) { outer["encoding"] = other; });
  check_refused(errc::unsupported, "report.context.type: expected Context",
                [](json&, json& inner) { inner["type"] = "context"; });
}

TEST_CASE("a member that must be there and is not is missing") {
  for (const auto* const member : {"version", "type", "encoding", "evidences", "context"})
    check_refused(errc::missing, std::string{"report."} + member,
                  [&](json& outer, json&) { outer.erase(member); });
  for (const auto* const member : {"type", "alg", "nonce", "collateral", "digests"})
    check_refused(errc::missing, std::string{"report.context."} + member,
                  [&](json&, json& inner) { inner.erase(member); });
  check_refused(errc::missing, "report.context.collateral[0].artifacts[1].index",
                [](json&, json& inner) { inner["collateral"][0]["artifacts"][1].erase("index"); });
}

TEST_CASE("a member of another type or value is malformed, with its path") {
  check_refused(errc::malformed, "report.evidences: object, expected an array",
                [](json& outer, json&) { outer["evidences"] = json::object(); });
  check_refused(errc::malformed, "report.evidences[1].evidence: base64: padding is missing",
                [](json& outer, json&) { outer["evidences"][1]["evidence"] = "BQ"; });
  check_refused(errc::malformed, "report.context: object, expected a string",
                [](json& outer, json&) { outer["context"] = json::object(); });
  check_refused(errc::malformed,
                "report.context.collateral[0].artifacts[0].index: string, expected an unsigned "
                "integer",
                [](json&, json& inner) { inner["collateral"][0]["artifacts"][0]["index"] = "4"; });
  check_refused(errc::malformed,
                "report.context.collateral[0].artifacts[0].events[0].hashes[1]: digest: 1 bytes "
                "for SHA-384",
                [](json&, json& inner) {
                  inner["collateral"][0]["artifacts"][0]["events"][0]["hashes"][1]["content"]
                    = "bb";
                });
  check_refused(errc::malformed, "report.context.nonce: 0 bytes, expected 1 at least",
                [](json&, json& inner) { inner["nonce"] = nullptr; });
}

TEST_CASE("a report over a cap is too large") {
  const auto& empty_list = json::array();
  check_refused(errc::too_large, "report.evidences: 17 items, at most 16",
                [](json& outer, json&) { outer["evidences"] = many(17, outer["evidences"][0]); });
  check_refused(errc::too_large, "report.context.nonce: 65 bytes, at most 64",
                [](json&, json& inner) { inner["nonce"] = base64(bytes(65)); });
  check_refused(errc::too_large, "report.context.collateral: 17 items, at most 16",
                [](json&, json& inner) { inner["collateral"] = many(17, inner["collateral"][0]); });
  check_refused(errc::too_large, "report.context.collateral[0].artifacts: 65 items, at most 64",
                [&](json&, json& inner) {
                  inner["collateral"][0]["artifacts"] = many(65, empty_list);
                });
  check_refused(errc::too_large, "report.context.collateral[0].certs: 17 items, at most 16",
                [](json&, json& inner) { inner["collateral"][0]["certs"] = many(17, ""); });
  check_refused(
    errc::too_large, "report.context.collateral[0].certs[0]: 65537 bytes, at most 65536",
    [](json&, json& inner) { inner["collateral"][0]["certs"][0] = base64(bytes(65537)); });
  check_refused(errc::too_large, "report.context.digests: 257 items, at most 256",
                [](json&, json& inner) { inner["digests"] = many(257, ""); });
  check_refused(errc::too_large, "report.context.metadata: 257 entries, at most 256",
                [](json&, json& inner) {
                  for (int i = 0; i < 257; ++i)
                    inner["metadata"][std::to_string(i)] = "";
                  inner["metadata"].erase("0a");
                  inner["metadata"].erase("0b");
                });
  const auto event_path = std::string{"report.context.collateral[0].artifacts[0].events[0]."};
  check_refused(
    errc::too_large, event_path + "hashes: 9 items, at most 8", [&](json&, json& inner) {
      inner["collateral"][0]["artifacts"][0]["events"][0]["hashes"] = many(9, empty_list);
    });
  check_refused(
    errc::too_large, event_path + "properties: 17 items, at most 16", [&](json&, json& inner) {
      inner["collateral"][0]["artifacts"][0]["events"][0]["properties"] = many(17, empty_list);
    });
}

TEST_CASE("events are counted over all artifacts") {
  report::collateral one;
  one.artifacts = {{"PCR Eventlog", 0, std::vector<report::component>(500'001)},
                   {"PCR Eventlog", 1, std::vector<report::component>(500'000)}};
  const auto parsed = report::parse_collaterals(report::write_collaterals({{one}}));
  REQUIRE(!parsed);
  CHECK(name(parsed.error().code) == name(errc::too_large));
  CHECK(parsed.error().where.starts_with("collaterals[0].artifacts[1].events at byte "));
  CHECK(parsed.error().where.ends_with(": more than 1000000 items in all"));
}

TEST_CASE("a hash by an algorithm that we do not know is kept, and is nothing to compare with") {
  const auto parsed = parse_changed([](json&, json& inner) {
    inner["collateral"][0]["artifacts"][0]["events"][0]["hashes"][0] = {{"alg", "SHA3-256"},
                                                                        {"content", "aa"}};
  });
  REQUIRE(parsed);
  const auto& event = parsed->claims.collaterals[0].artifacts[0].events[0];
  CHECK(event.find_hash(hash_algorithm::sha256) == nullptr);
  REQUIRE(event.foreign_hashes.size() == 1);
  CHECK(event.foreign_hashes[0] == report::foreign_hash{0, "SHA3-256", "aa"_hex});
  REQUIRE(event.find_hash(hash_algorithm::sha384) != nullptr);
  CHECK(event.find_hash(hash_algorithm::sha384)->view()[0] == 0xbb);
  REQUIRE(event.find_property("cmc.index") != nullptr);
  CHECK(*event.find_property("cmc.index") == "4");
  CHECK(event.find_property("cmc.none") == nullptr);
}

TEST_CASE("a CBOR report that is not in its one form is refused") {
  auto input = report::write_report(minted_report(report::encoding::cbor));
  REQUIRE(input[1] == 0); // the key of the version
  input.insert(input.begin() + 1, 0x18);
  const auto parsed = report::parse_report(input);
  REQUIRE(!parsed);
  CHECK(name(parsed.error().code) == name(errc::malformed));
  CHECK(parsed.error().where == "report at byte 1: not the shortest form");
}

TEST_CASE("collaterals and evidences read as they were written") {
  const auto minted = minted_report(report::encoding::cbor);
  const auto collaterals
    = report::parse_collaterals(report::write_collaterals(minted.claims.collaterals));
  REQUIRE(collaterals);
  check_equal(*collaterals, minted.claims.collaterals);
  const auto evidences = report::parse_evidences(report::write_evidences(minted.evidences));
  REQUIRE(evidences);
  check_equal(*evidences, minted.evidences);
  check_prefixes(report::write_evidences(minted.evidences), report::parse_evidences);
  check_trailing(report::write_evidences({}), "evidences at byte 1", report::parse_evidences);
  check_trailing(report::write_collaterals({}), "collaterals at byte 1", report::parse_collaterals);
}

TEST_SUITE_END();
