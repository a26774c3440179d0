#include "shared/report/cmw.hpp"

#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::report;
using namespace troth::testing;

namespace {

result<std::vector<cmw_record>> parse_cbor(byte_view input) {
  return parse_cmw(input, encoding::cbor);
}

result<std::vector<cmw_record>> parse_json(std::string_view text) {
  return parse_cmw(to_bytes(text), encoding::json);
}

std::string refusal(const result<std::vector<cmw_record>>& outcome) {
  return outcome ? "accepted" : std::string{name(outcome.error().code)};
}

bytes operator+(bytes a, const bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// A media type of 33 characters, with its header.
const bytes record = "83 7821"_hex + to_bytes("application/vnd.troth.report+cbor") + "41a0 04"_hex;

} // namespace

TEST_SUITE_BEGIN("report/cmw");

TEST_CASE("a record in CBOR reads into type, value and indicator") {
  const auto read = parse_cbor(record);
  REQUIRE(read);
  REQUIRE(read->size() == 1);
  CHECK(read->front().type == "application/vnd.troth.report+cbor");
  CHECK(read->front().value == "a0"_hex);
  CHECK(read->front().indicator == cmw_indicator::evidence);
}

TEST_CASE("the examples of RFC 9999 read") {
  const auto number = parse_cbor("82 19fde7 44 2347da55"_hex);
  REQUIRE(number);
  CHECK(number->front().type == "content-format/64999");
  CHECK(number->front().value == "2347da55"_hex);
  const auto tag = parse_cbor("da 6374ffe6 44 2347da55"_hex);
  REQUIRE(tag);
  CHECK(tag->front().type == "content-format/64999");
  const auto rim = parse_json(R"(["application/rim+cose","0oRAoETZAfWgQA",3])");
  REQUIRE(rim);
  CHECK(rim->front().value == "d28440a044d901f5a040"_hex);
  CHECK(rim->front().indicator == 3);
}

TEST_CASE("a tag is the content format that it stands for") {
  const auto type_of = [](std::uint32_t tag) {
    bytes input{0xda};
    for (int shift = 24; shift >= 0; shift -= 8)
      input.push_back(static_cast<std::uint8_t>(tag >> shift));
    const auto read = parse_cbor(input + "41a0"_hex);
    return read ? read->front().type : refusal(read);
  };
  CHECK(type_of(1'668'547'081) == "application/eat+cwt");
  CHECK(type_of(1'668'547'086) == "application/eat-ucs+json");
  CHECK(type_of(1'668'547'091) == "application/cmw+cbor");
  CHECK(type_of(1'668'576'935) == "content-format/30001");
  CHECK(type_of(1'668'612'070) == "content-format/64999");
  CHECK(type_of(1'668'546'816) == "unsupported");
  CHECK(type_of(1'668'546'817 + 255) == "unsupported");
  CHECK(type_of(1'668'612'096) == "unsupported");
}

TEST_CASE("every proper prefix of a record is refused as truncated") {
  check_prefixes(record, parse_cbor);
}

TEST_CASE("a byte behind a record is refused") {
  CHECK(refusal(parse_cbor(record + "00"_hex)) == "trailing");
  CHECK(refusal(parse_json(R"(["a/b","AA"]x)")) == "trailing");
}

TEST_CASE("what is written reads back") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    const cmw_record wrapped{{}, "a/b", to_bytes("{}"), cmw_indicator::evidence};
    const auto read = parse_cmw(write_cmw(wrapped, as), as);
    REQUIRE(read);
    CHECK(read->front().type == "a/b");
    CHECK(read->front().value == to_bytes("{}"));
    CHECK(read->front().indicator == cmw_indicator::evidence);
  }
}

TEST_CASE("collections read into their records with paths as labels") {
  const auto json
    = parse_json(R"({"__cmwc_t":"tag:x,2026:y","a":["x/y","AA"],"b":{"c":["x/z","AQ",4]}})");
  REQUIRE(json);
  REQUIRE(json->size() == 2);
  CHECK(json->at(0).label == "a");
  CHECK(json->at(1).label == "b/c");
  // {1: [50, h'00'], "b": {"c": TN(263)(h'01')}}
  const auto cbor = parse_cbor("a2 01 82 1832 4100 6162 a1 6163 da 63740209 4101"_hex);
  REQUIRE(cbor);
  REQUIRE(cbor->size() == 2);
  CHECK(cbor->at(0).label == "1");
  CHECK(cbor->at(0).type == "application/json");
  CHECK(cbor->at(1).label == "b/c");
}

TEST_CASE("wrappers of another form are refused") {
  CHECK(refusal(parse_json(R"([50,"AA"])")) == "malformed"); // a number is for CBOR
  CHECK(refusal(parse_json(R"(["a/b"])")) == "malformed");
  CHECK(refusal(parse_json(R"(["a/b","AA",4,4])")) == "malformed");
  CHECK(refusal(parse_json(R"(["a/b","AA=="])")) == "malformed");
  CHECK(refusal(parse_json(R"(["a/b","AA",0])")) == "malformed");
  CHECK(refusal(parse_json(R"(["a/b","AA",4294967296])")) == "malformed");
  CHECK(refusal(parse_json(R"(["","AA"])")) == "malformed");
  CHECK(refusal(parse_json("7")) == "malformed");
  CHECK(refusal(parse_json("{}")) == "missing");
  CHECK(refusal(parse_json(R"({"__cmwc_t":"x"})")) == "missing");
  CHECK(refusal(parse_json(R"({"":["a/b","AA"]})")) == "malformed");
  CHECK(refusal(parse_json(R"({"a":["a/b","AA"],"a":["a/b","AA"]})")) == "malformed");
  CHECK(refusal(parse_json(R"({"a":{"a":{"a":{"a":{"a":["a/b","AA"]}}}}})")) == "too_large");
  CHECK(refusal(parse_cbor("81 1832"_hex)) == "malformed");
  CHECK(refusal(parse_cbor("82 1a00010000 40"_hex)) == "malformed");
  CHECK(refusal(parse_cbor("83 1832 40 00"_hex)) == "malformed");
  CHECK(refusal(parse_cbor("a0"_hex)) == "missing");
  CHECK(refusal(parse_cbor("a2 01 82183240 01 82183240"_hex)) == "malformed");
  CHECK(refusal(parse_cbor("a101 a101 a101 a101 a101 82183240"_hex)) == "too_large");
  CHECK(refusal(parse_cbor("01"_hex)) == "malformed");
}

TEST_CASE("the records of a wrapper are limited in number") {
  std::string many = "{";
  for (int n = 0; n < 65; ++n)
    many += (n == 0 ? "\"" : ",\"") + std::to_string(n) + R"(":["a/b","AA"])";
  CHECK(refusal(parse_json(many + "}")) == "too_large");
  bytes in_cbor{0xb8, 65};
  for (std::uint8_t n = 0; n < 65; ++n) {
    if (n >= 24)
      in_cbor.push_back(0x18);
    in_cbor.push_back(n);
    in_cbor.insert(in_cbor.end(), {0x82, 0x18, 0x32, 0x40}); // [50, h'']
  }
  CHECK(refusal(parse_cbor(in_cbor)) == "too_large");
}

TEST_SUITE_END();
