#include "shared/codec/claims.hpp"

#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using nlohmann::json;

namespace {

result<json> parse(byte_view input) {
  return codec::parse_cbor_claims(input, "claims");
}

// {6: 1, -70000: [true, null, h'ab'], "a": {0: -5}}
const bytes good = "a3 06 01 3a0001116f 83 f5 f6 41ab 6161 a1 00 24"_hex;

} // namespace

TEST_SUITE_BEGIN("codec/claims");

TEST_CASE("claims in CBOR read into a tree with numbered labels") {
  const auto read = parse(good);
  REQUIRE(read);
  CHECK(read->at("#6") == 1);
  CHECK(read->at("#-70000").at(0) == true);
  CHECK(read->at("#-70000").at(1) == nullptr);
  CHECK(bytes{read->at("#-70000").at(2).get_binary()} == "ab"_hex);
  CHECK(read->at("a").at("#0") == -5);
}

TEST_CASE("claims are written canonically, so that a canonical text survives the round trip") {
  CHECK(codec::write_cbor_claims(*parse(good)) == good);
}

TEST_CASE("indefinite lengths, long integers and tags read as what they hold") {
  const auto read = parse("bf 190006 1b0000000000000001 01 9f 7f 6161 6162 ff 5f 41ab 40 ff ff"
                          "02 c1 03 ff"_hex);
  REQUIRE(read);
  CHECK(read->at("#6") == 1);
  CHECK(read->at("#1").at(0) == "ab");
  CHECK(bytes{read->at("#1").at(1).get_binary()} == "ab"_hex);
  CHECK(read->at("#2") == 3);
}

TEST_CASE("a floating-point number is no integer, whatever its value") {
  CHECK(parse("fb41d8d54de0000000"_hex)->is_number_float());
}

TEST_CASE("every proper prefix of claims is refused as truncated") {
  check_prefixes(good, parse);
}

TEST_CASE("a byte behind claims is refused") {
  check_trailing(good, "claims.end at byte 18", parse);
}

TEST_CASE("what CBOR forbids and what cannot be told apart is refused") {
  const auto check = [](errc code, const bytes& input) {
    CAPTURE(input.size());
    const auto read = parse(input);
    REQUIRE(!read);
    CHECK(name(read.error().code) == name(code));
  };
  check(errc::malformed, "a2 06 01 06 02"_hex);     // a label twice
  check(errc::malformed, "a2 06 01 1806 02"_hex);   // the same in another length
  check(errc::malformed, "a1 62 2336 02"_hex);      // the text `#6`, which 6 is written as
  check(errc::malformed, "a1 f5 02"_hex);           // a label that is neither
  check(errc::malformed, "1c"_hex);                 // reserved lengths
  check(errc::malformed, "f7"_hex);                 // undefined
  check(errc::malformed, "ff"_hex);                 // a break without a beginning
  check(errc::malformed, "bf 01 ff"_hex);           // a label without a value
  check(errc::malformed, "7f 41ab ff"_hex);         // bytes within a text
  check(errc::malformed, "61ff"_hex);               // not UTF-8
  check(errc::malformed, "1bffffffffffffffff"_hex); // more than 63 bits
  check(errc::malformed, "3bffffffffffffffff"_hex); // the same, negative
  check(errc::truncated, "9bffffffffffffffff"_hex); // a count of everything
  check(errc::truncated, "5bffffffffffffffff"_hex); // a size of everything
  check(errc::too_large, "81818181818181818181818181818181818100"_hex);
}

TEST_SUITE_END();
