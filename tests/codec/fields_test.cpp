#include "shared/codec/cbor_sink.hpp"
#include "shared/codec/cbor_source.hpp"
#include "shared/codec/json_sink.hpp"
#include "shared/codec/json_source.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;

namespace fields_test {

enum class colour : std::uint8_t { red = 1, blue };

struct part {
  std::string label;
  bytes data;

  friend bool operator==(const part&, const part&) = default;
};

struct whole {
  std::string title;
  std::uint64_t count = 0;
  bool flag = false;
  bytes data;
  bytes digits;
  std::optional<part> one;
  std::vector<part> many;
  std::map<std::string, bytes> named;
  std::vector<std::string> words;
  std::vector<colour> colours;
  part signed_part;
  bytes signed_bytes;
  std::string extra;

  friend bool operator==(const whole&, const whole&) = default;
};

void describe(auto& fields, codec::of<part> auto& x) {
  fields.required({"label", 0}, x.label);
  fields.optional({"data", 1}, codec::up_to(2, x.data));
}

void describe(auto& fields, codec::of<whole> auto& x) {
  fields.constant({"type", 0}, "Whole");
  fields.required({"title", 1}, x.title);
  fields.optional({"extra"}, x.extra);
  fields.optional({"count", 2}, x.count);
  fields.optional({"flag", 3}, x.flag);
  fields.optional({"data", 4}, codec::between(1, 4, x.data));
  fields.optional({"digits", 5}, codec::hexed(x.digits));
  fields.optional({"one", 6}, x.one);
  fields.optional({"many", 7}, codec::up_to(2, x.many));
  fields.written({"maker", 8}, std::string_view{"us"});
  fields.optional({"named", 24}, codec::up_to(2, 3, x.named));
  fields.optional({"words", 25}, codec::up_to(2, x.words));
  fields.optional({"colours", 26}, codec::up_to(3, x.colours));
  fields.required({"signed", 27}, codec::sealed(x.signed_part, x.signed_bytes));
}

struct counted {
  std::vector<part> one;
  std::vector<part> other;
};

struct other_colour {
  std::size_t place = 0;
  std::string said;

  friend bool operator==(const other_colour&, const other_colour&) = default;
};

struct painted {
  std::vector<colour> known;
  std::vector<other_colour> others;

  friend bool operator==(const painted&, const painted&) = default;
};

void describe(auto& fields, codec::of<painted> auto& x) {
  fields.optional({"colours", 0}, codec::mixed(4, x.known, x.others));
}

void describe(auto& fields, codec::of<counted> auto& x) {
  fields.optional({"one", 0}, codec::up_to_in_all(2, x.one));
  fields.optional({"other", 1}, codec::up_to_in_all(2, x.other));
}

} // namespace fields_test

template <>
struct troth::codec::wire_form<fields_test::colour> {
  using type = std::string;

  static type write(fields_test::colour value) {
    return value == fields_test::colour::red ? "red" : "blue";
  }
  static type write(const fields_test::other_colour& value) { return value.said; }

  static fields_test::other_colour keep(std::size_t place, const type& carried) {
    return {place, carried};
  }

  static result<fields_test::colour> read(const type& text) {
    if (text == "red")
      return fields_test::colour::red;
    if (text == "blue")
      return fields_test::colour::blue;
    return error{text == "green" ? errc::unsupported : errc::malformed, "colour"};
  }
};

namespace {

using fields_test::colour;
using fields_test::part;
using fields_test::whole;

const whole good = {
  .title = "a \"title\"",
  .count = 300,
  .flag = true,
  .data = "0102"_hex,
  .digits = "abcd"_hex,
  .one = part{"x", {}},
  .many = {{"y", "01"_hex}, {"z", {}}},
  .named = {{"aa", "01"_hex}, {"b", "02"_hex}},
  .words = {"w"},
  .colours = {colour::red, colour::blue},
  .signed_part = {"s", "ff"_hex},
  .signed_bytes = "a2 00 6173 01 41ff"_hex,
  .extra = "more",
};

const std::string part_as_base64url
  = "eyJsYWJlbCI6InMiLCJkYXRhIjoiL3c9PSJ9"; // {"label":"s","data":"/w=="}

result<whole> from_cbor(byte_view input) {
  return codec::from_cbor<whole>(input, "whole");
}

result<whole> from_json(const std::string& text) {
  const auto value = codec::parse_json(text, {.max_bytes = text.size()});
  REQUIRE(value);
  return codec::from_json<whole>(*value, "whole");
}

const bytes good_cbor = "ae"
                        "00 65 57686f6c65"                    // type
                        "01 69 6120227469746c6522"            // title
                        "02 19012c 03 f5"                     // count, flag
                        "04 420102 05 42abcd"                 // data, digits
                        "06 a1 00 6178"                       // one
                        "07 82 a2 00 6179 01 4101 a1 00 617a" // many
                        "08 62 7573"                          // maker
                        "1818 a2 6162 4102 626161 4101"       // named: short keys first
                        "1819 81 6177"                        // words
                        "181a 82 63726564 64626c7565"         // colours
                        "181b a2 00 6173 01 41ff"             // signed
                        "65 6578747261 64 6d6f7265"_hex;      // extra

const std::string good_json
  = R"({"type":"Whole","title":"a \"title\"","extra":"more","count":300,"flag":true,"data":"AQI=",)"
    R"("digits":"abcd","one":{"label":"x"},"many":[{"label":"y","data":"AQ=="},{"label":"z"}],)"
    R"("maker":"us","named":{"aa":"AQ==","b":"Ag=="},"words":["w"],"colours":["red","blue"],)"
    R"("signed":")"
    + part_as_base64url + R"("})";

const std::string small_json = R"({"type":"Whole","title":"","signed":")" + part_as_base64url + '"';

} // namespace

TEST_SUITE_BEGIN("codec/fields");

TEST_CASE("one description writes and reads CBOR") {
  CHECK(codec::to_cbor(good) == good_cbor);
  const auto read = from_cbor(good_cbor);
  REQUIRE(read);
  CHECK(*read == good);
}

TEST_CASE("one description writes and reads JSON") {
  auto value = good;
  value.signed_bytes = to_bytes(part_as_base64url);
  CHECK(codec::to_json(value) == good_json);
  const auto read = from_json(good_json);
  REQUIRE(read);
  CHECK(*read == value);
}

TEST_CASE("members that are not described are passed over, wherever they stand") {
  const auto read = from_json(small_json + R"(,"odd":{"title":[1,2]},"maker":7})");
  REQUIRE(read);
  CHECK(read->title.empty());
  const auto again = from_cbor(
    "a8 00 65 57686f6c65 01 60 08 82 01 02 09 fb3ff0000000000000 181b a1 00 6173 1863 f6 20 00"
    "6178 01"_hex);
  REQUIRE(again);
  CHECK(again->signed_bytes == "a1 00 6173"_hex);
}

TEST_CASE("an empty optional member is not written") {
  CHECK(codec::to_json(part{"x", {}}) == R"({"label":"x"})");
  CHECK(codec::to_cbor(part{"x", {}}) == "a1 00 6178"_hex);
}

TEST_CASE("null stands for an optional member that is absent and for an array without items") {
  const auto read = from_json(small_json + R"(,"count":null,"one":null,"words":null})");
  REQUIRE(read);
  CHECK(!read->one);
  const auto again = from_cbor("a6 00 65 57686f6c65 01 60 02 f6 06 f6 07 f6 181b a1 00 6173"_hex);
  REQUIRE(again);
  CHECK(!again->one);
}

TEST_CASE("an item of a kind that is not known is left out of its array") {
  const auto read = from_json(small_json + R"(,"colours":["green","blue"]})");
  REQUIRE(read);
  CHECK(read->colours == std::vector{colour::blue});
}

TEST_CASE("every proper prefix of described CBOR is refused as truncated") {
  check_prefixes(good_cbor, from_cbor);
}

TEST_CASE("a wrong JSON member is refused with its path") {
  struct row {
    std::string member;
    errc code;
    std::string where;
  };
  const row rows[] = {
    {R"("count":-1)", errc::malformed, "whole.count: number, expected an unsigned integer"},
    {R"("count":1.0)", errc::malformed, "whole.count: number, expected an unsigned integer"},
    {R"("flag":1)", errc::malformed, "whole.flag: number, expected a boolean"},
    {R"("extra":[])", errc::malformed, "whole.extra: array, expected a string"},
    {R"("data":"AQI")", errc::malformed, "whole.data: base64: padding is missing"},
    {R"("data":"")", errc::malformed, "whole.data: 0 bytes, expected 1 at least"},
    {R"("data":"AQIDBAU=")", errc::too_large, "whole.data: 5 bytes, at most 4"},
    {R"("digits":"xy")", errc::malformed, "whole.digits: hex: no digit at 0"},
    {R"("one":[])", errc::malformed, "whole.one: array, expected an object"},
    {R"("one":{})", errc::missing, "whole.one.label"},
    {R"("many":{})", errc::malformed, "whole.many: object, expected an array"},
    {R"("many":[{"label":"a"},{"label":"a","data":"AQID"}])", errc::too_large,
     "whole.many[1].data: 3 bytes, at most 2"},
    {R"("many":[{},{},{}])", errc::too_large, "whole.many: 3 items, at most 2"},
    {R"("named":[])", errc::malformed, "whole.named: array, expected an object"},
    {R"("named":{"a":"AQIDBA=="})", errc::too_large, "whole.named: 4 bytes, at most 3"},
    {R"("named":{"a":"","b":"","c":""})", errc::too_large, "whole.named: 3 entries, at most 2"},
    {R"("colours":["pink"])", errc::malformed, "whole.colours[0]: colour"},
    {R"("words":[1])", errc::malformed, "whole.words[0]: number, expected a string"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.member);
    const auto read = from_json(small_json + "," + row.member + "}");
    REQUIRE(!read);
    CHECK(name(read.error().code) == name(row.code));
    CHECK(read.error().where == row.where);
  }
}

TEST_CASE("a JSON member that is missing, another constant or a bad inner text is refused") {
  struct row {
    std::string text;
    errc code;
    std::string where;
  };
  const row rows[] = {
    {"[]", errc::malformed, "whole: array, expected an object"},
    {R"({"type":"Whole"})", errc::missing, "whole.title"},
    {R"({"type":"Other","title":""})", errc::unsupported, "whole.type: expected Whole"},
    {R"({"type":"Whole","title":"","signed":"e30="})", errc::malformed,
     "whole.signed: base64: a character outside the alphabet"},
    {R"({"type":"Whole","title":"","signed":"e30"})", errc::missing, "whole.signed.label"},
    {R"({"type":"Whole","title":"","signed":"e3t9"})", errc::malformed,
     "whole.signed: json at byte 1"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto read = from_json(row.text);
    REQUIRE(!read);
    CHECK(name(read.error().code) == name(row.code));
    CHECK(read.error().where == row.where);
  }
}

TEST_CASE("a wrong CBOR member is refused with its path and place") {
  struct row {
    bytes input;
    errc code;
    std::string where;
  };
  const row rows[] = {
    {"80"_hex, errc::malformed, "whole at byte 0: an array, expected a map"},
    {"a1 00 65 57686f6c65"_hex, errc::missing, "whole.title at byte 2"},
    {"a1 00 61 57"_hex, errc::unsupported, "whole.type at byte 2: expected Whole"},
    {"a2 00 65 57686f6c65 01 4100"_hex, errc::malformed,
     "whole.title at byte 9: a byte string, expected a text"},
    {"a3 00 65 57686f6c65 01 60 02 61 31"_hex, errc::malformed,
     "whole.count at byte 11: a text, expected an unsigned integer"},
    {"a3 00 65 57686f6c65 01 60 04 45 0102030405"_hex, errc::too_large,
     "whole.data at byte 11: 5 bytes, at most 4"},
    {"a3 00 65 57686f6c65 01 60 04 40"_hex, errc::malformed,
     "whole.data at byte 11: 0 bytes, expected 1 at least"},
    {"a3 00 65 57686f6c65 01 60 07 82 a1 00 6178 a1 01 40"_hex, errc::missing,
     "whole.many[1].label at byte 17"},
    {"a3 00 65 57686f6c65 01 60 07 83 a0 a0 a0"_hex, errc::too_large,
     "whole.many at byte 11: 3 items, at most 2"},
    {"a3 00 65 57686f6c65 01 60 1818 a1 01 40"_hex, errc::malformed,
     "whole.named at byte 13: a key that is not text"},
    {"a3 00 65 57686f6c65 01 60 1818 a3 6161 40 6162 40 6163 40"_hex, errc::too_large,
     "whole.named at byte 19: more than 2 entries"},
    {"a3 00 65 57686f6c65 01 60 181a 81 6470696e6b"_hex, errc::malformed,
     "whole.colours[0] at byte 13: colour"},
    {"a4 00 65 57686f6c65 01 60 03 f5 02 01"_hex, errc::malformed,
     "whole at byte 12: a map key twice or out of order"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.where);
    const auto read = from_cbor(row.input);
    REQUIRE(!read);
    CHECK(name(read.error().code) == name(row.code));
    CHECK(read.error().where == row.where);
  }
}

TEST_CASE("arrays that are limited in all are counted together") {
  using fields_test::counted;
  const auto read = [](std::size_t one, std::size_t other) {
    const counted value{std::vector<part>(one), std::vector<part>(other)};
    const auto from_cbor = codec::from_cbor<counted>(codec::to_cbor(value), "counted");
    const auto from_json = codec::from_json<counted>(nlohmann::json::parse(codec::to_json(value)),
                                                     "counted");
    CHECK(from_cbor.has_value() == from_json.has_value());
    return from_cbor ? std::string{} : from_cbor.error().where + "; " + from_json.error().where;
  };
  CHECK(read(1, 1).empty());
  CHECK(read(2, 0).empty());
  CHECK(read(2, 1)
        == "counted.other at byte 10: more than 2 items in all; "
           "counted.other: more than 2 items in all");
  CHECK(read(0, 3)
        == "counted.other at byte 2: 3 items, at most 2; counted.other: 3 items, at most 2");
}

TEST_CASE("an array that keeps what it does not know is written as it was read") {
  using fields_test::painted;
  const auto known = [](const char* text) {
    return codec::from_json<painted>(nlohmann::json::parse(text), "painted");
  };
  for (const auto* const text :
       {R"({"colours":["green","red","green","blue"]})", R"({"colours":["red","green","green"]})",
        R"({"colours":["green"]})", R"({"colours":["red"]})", "{}"}) {
    CAPTURE(text);
    const auto read = known(text);
    REQUIRE(read);
    CHECK(codec::to_json(*read) == text);
    const auto again = codec::from_cbor<painted>(codec::to_cbor(*read), "painted");
    REQUIRE(again);
    CHECK(*again == *read);
  }
  CHECK(known(R"({"colours":["green","red"]})")->others.at(0).said == "green");
  CHECK(known(R"({"colours":["green","black"]})").error().where == "painted.colours[1]: colour");
  CHECK(known(R"({"colours":["red","red","red","red","red"]})").error().where
        == "painted.colours: 5 items, at most 4");
}

TEST_CASE("text of any bytes becomes JSON") {
  CHECK(codec::to_json(part{"a\x01\xff\\", {}}) == "{\"label\":\"a\\u0001\xef\xbf\xbd\\\\\"}");
  std::string all;
  for (int c = 0; c < 0x80; ++c)
    all += static_cast<char>(c);
  all += "\xc3\xa4\xf0\x9f\x98\x80";
  const auto read = nlohmann::json::parse(codec::to_json(part{all, {}}));
  CHECK(read["label"] == all);
}

TEST_SUITE_END();
