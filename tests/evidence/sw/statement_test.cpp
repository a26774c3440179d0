#include "shared/evidence/sw/statement.hpp"

#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::sw;

namespace {

const std::string zeros_base64 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const std::string good = R"({"nonce":"AQIDBA==","sha256":")" + zeros_base64 + R"("})";
const bytes good_cbor = "a2 00 44 01020304 01 5820"
                        "0000000000000000000000000000000000000000000000000000000000000000"_hex;

result<statement> parse(std::string_view text) {
  return parse_statement(to_bytes(text));
}

} // namespace

TEST_SUITE_BEGIN("evidence/sw/statement");

TEST_CASE("a statement parses into its fields, from JSON and from CBOR") {
  for (const auto& payload : {to_bytes(good), good_cbor}) {
    const auto parsed = parse_statement(payload);
    REQUIRE(parsed);
    CHECK(parsed->nonce == "01020304"_hex);
    REQUIRE(parsed->log_aggregate);
    CHECK(*parsed->log_aggregate == digest{hash_algorithm::sha256});
  }
}

TEST_CASE("the aggregate may be absent, and unknown members may be there") {
  const auto parsed = parse(R"({"nonce":"AQ==","other":[1]})");
  REQUIRE(parsed);
  CHECK(!parsed->log_aggregate);
  CHECK(parse_statement("a1 00 41 01"_hex));
}

TEST_CASE("what is written is read again") {
  statement value{"0badc0de"_hex, {}};
  CHECK(to_text(write_statement(value)) == R"({"nonce":"C63A3g=="})");
  value.log_aggregate = *digest::from(hash_algorithm::sha256, bytes(32, 7));
  const auto again = parse_statement(write_statement(value));
  REQUIRE(again);
  CHECK(again->nonce == value.nonce);
  CHECK(again->log_aggregate == value.log_aggregate);
  CHECK(to_text(write_statement(*parse(good))) == good);
}

TEST_CASE("every proper prefix of a statement is refused as truncated") {
  check_prefixes(to_bytes(good), parse_statement);
  check_prefixes(good_cbor, parse_statement);
}

TEST_CASE("a byte behind a statement is refused as trailing") {
  CHECK(parse(good + "x").error().code == errc::trailing);
  CHECK(parse(good + good).error().code == errc::trailing);
  auto longer = good_cbor;
  longer.push_back(0);
  CHECK(parse_statement(longer).error().code == errc::trailing);
}

TEST_CASE("a malformed statement is refused at the field that is wrong") {
  struct row {
    std::string text;
    errc code;
  };
  const row rows[] = {
    {R"({})", errc::missing},
    {R"({"sha256":")" + zeros_base64 + R"("})", errc::missing},
    {R"({"nonce":""})", errc::malformed},
    {R"({"nonce":1})", errc::malformed},
    {R"({"nonce":null})", errc::malformed},
    {R"({"nonce":"AQIDBA"})", errc::malformed}, // no padding
    {R"({"nonce":"AQ==","nonce":"AQ=="})", errc::malformed},
    {R"({"nonce":"AQ==","sha256":"AQ=="})", errc::malformed},
    {R"({"nonce":"AQ==","sha256":{}})", errc::malformed},
    {R"([])", errc::malformed},
    {R"("nonce")", errc::malformed},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse(row.text);
    REQUIRE(!parsed);
    CHECK(name(parsed.error().code) == name(row.code));
    INFO(parsed.error().where);
  }
  CHECK(parse(R"({"nonce":"AQ==","sha256":"AQ=="})").error().where == "sw.statement.sha256");
  CHECK(parse_statement("a1 01 41 01"_hex).error().code == errc::missing);
  CHECK(parse_statement("a1 00 61 61"_hex).error().code == errc::malformed);
  CHECK(parse_statement("bf 00 41 01 ff"_hex).error().code == errc::malformed);
}

TEST_CASE("nonces and statements are refused above their limits, and accepted at them") {
  const auto with_nonce = [](std::size_t size) {
    return parse_statement(write_statement({bytes(size, 1), {}}));
  };
  CHECK(with_nonce(64));
  CHECK(with_nonce(65).error().code == errc::too_large);
  std::string padded = good;
  padded.resize(max_statement, ' ');
  CHECK(parse(padded));
  padded += ' ';
  CHECK(parse(padded).error().code == errc::too_large);
}

TEST_SUITE_END();
