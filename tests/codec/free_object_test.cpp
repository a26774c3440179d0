#include "shared/codec/free_object.hpp"

#include "shared/codec/cbor_sink.hpp"
#include "shared/codec/cbor_source.hpp"
#include "shared/codec/json_sink.hpp"
#include "shared/codec/json_source.hpp"
#include "tests/support/hex.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace troth;
using namespace troth::testing;
using nlohmann::json;

namespace free_object_test {

struct holder {
  codec::free_object any;
  std::uint8_t small = 0;
};

struct carrier {
  codec::opaque_value any;
};

void describe(auto& fields, codec::of<carrier> auto& x) {
  fields.optional({"any", 0}, x.any);
}

void describe(auto& fields, codec::of<holder> auto& x) {
  fields.optional({"any", 0}, x.any);
  fields.optional({"small", 1}, x.small);
}

} // namespace free_object_test

namespace {

using free_object_test::carrier;
using free_object_test::holder;

result<codec::free_object> from_cbor(const bytes& input) {
  codec::cbor_reader in{input, "free"};
  codec::free_object out;
  codec::read(in, out);
  return in.finish(std::move(out));
}

bytes to_cbor(const json& value) {
  codec::cbor_writer out;
  codec::write(out, {value});
  return out.take();
}

void check_refused(errc code, const std::string& where, const bytes& input) {
  CAPTURE(where);
  const auto read = from_cbor(input);
  REQUIRE(!read);
  CHECK(name(read.error().code) == name(code));
  CHECK(read.error().where == where);
}

} // namespace

TEST_SUITE_BEGIN("codec/free_object");

TEST_CASE("all that JSON can say survives CBOR, and is the same bytes again") {
  const auto value = json::parse(R"({"text":"x","empty":"","no":null,"yes":true,"list":[1,[2],{}],
    "object":{"b":1,"aa":2,"a":{"deep":[]}},"small":-1,"big":18446744073709551615,
    "least":-9223372036854775808,"half":0.5,"whole":3.0,"tiny":1e-300})");
  const auto written = to_cbor(value);
  const auto read = from_cbor(written);
  REQUIRE(read);
  CHECK(read->value == value);
  CHECK(read->value.dump() == value.dump());
  CHECK(to_cbor(read->value) == written);
}

TEST_CASE("keys are in CBOR's order, numbers in their shortest form, fractions in 64 bits") {
  CHECK(to_cbor(json::parse(R"({"aa":1,"b":23,"a":24})")) == "a3 6161 1818 6162 17 626161 01"_hex);
  CHECK(to_cbor(json::parse(R"({"a":-24})")) == "a1 6161 37"_hex);
  CHECK(to_cbor(json::parse(R"({"a":1.5})")) == "a1 6161 fb3ff8000000000000"_hex);
}

TEST_CASE("a fraction of any width is read") {
  for (const auto& input :
       {"a1 6161 f93e00"_hex, "a1 6161 fa3fc00000"_hex, "a1 6161 fb3ff8000000000000"_hex}) {
    const auto read = from_cbor(input);
    REQUIRE(read);
    CHECK(read->value.at("a") == 1.5);
  }
}

TEST_CASE("what JSON has no form for is refused with its place") {
  check_refused(errc::malformed, "free at byte 1: a key that is not text", "a1 01 02"_hex);
  check_refused(errc::malformed, "free.a at byte 3: a value that JSON has no form for",
                "a1 6161 41ff"_hex);
  check_refused(errc::malformed, "free.a at byte 3: not a number", "a1 6161 f97e00"_hex);
  check_refused(errc::malformed, "free.a at byte 3: not a number", "a1 6161 f97c00"_hex);
  check_refused(errc::malformed, "free.a at byte 3: a tag", "a1 6161 c101"_hex);
  check_refused(errc::too_large, "free.a at byte 3: an integer of more than 63 bits",
                "a1 6161 3bffffffffffffffff"_hex);
  check_refused(errc::malformed, "free at byte 0: an array, expected a map", "80"_hex);
  check_refused(errc::malformed, "free at byte 4: a map key twice or out of order",
                "a2 6161 01 6161 02"_hex);
  check_refused(errc::truncated, "free.a at byte 3", "a1 6161 81"_hex);
  check_refused(errc::trailing, "free at byte 1", "a0 00"_hex);
}

TEST_CASE("as many values as fit a report's size are refused over the cap") {
  bytes input = "a1 6161 9a000186a1"_hex;
  input.insert(input.end(), 100'001, 0);
  check_refused(errc::too_large, "free.a at byte 3: 100001 items, at most 100000", input);
  const json deep = json::parse(R"({"a":[[0]]})");
  json many = json::object();
  many["a"] = json::array_t(3, json::array_t(40'000, 0));
  CHECK(from_cbor(to_cbor(deep)));
  check_refused(errc::too_large, "free.a[2][19996] at byte 100008: more than 100000 values",
                to_cbor(many));
}

TEST_CASE("a member holds one in each encoding, and no other value") {
  const holder with{{json{{"b", 1}, {"a", nullptr}}}, 7};
  CHECK(codec::to_json(with) == R"({"any":{"a":null,"b":1},"small":7})");
  CHECK(codec::to_cbor(with) == "a2 00 a2 6161 f6 6162 01 01 07"_hex);
  CHECK(codec::to_json(holder{}) == "{}");
  const auto read = codec::from_json<holder>(json::parse(codec::to_json(with)), "h");
  REQUIRE(read);
  CHECK(read->any == with.any);
  const auto again = codec::from_cbor<holder>(codec::to_cbor(with), "h");
  REQUIRE(again);
  CHECK(again->any == with.any);
  const auto wrong = codec::from_json<holder>(json::parse(R"({"any":[]})"), "h");
  REQUIRE(!wrong);
  CHECK(wrong.error().where == "h.any: array, expected an object");
}

TEST_CASE("a number that does not fit its member is refused") {
  const auto text = codec::from_json<holder>(json::parse(R"({"small":256})"), "h");
  REQUIRE(!text);
  CHECK(name(text.error().code) == name(errc::too_large));
  CHECK(text.error().where == "h.small: 256");
  const auto binary = codec::from_cbor<holder>("a1 01 190100"_hex, "h");
  REQUIRE(!binary);
  CHECK(name(binary.error().code) == name(errc::too_large));
  CHECK(binary.error().where == "h.small at byte 2: 256");
}

TEST_CASE("a value that is not looked at is carried through both encodings") {
  for (const auto* const text : {R"({"any":{"guid":"8be4","paths":["a",1,-2,1.5,null,true]}})",
                                 R"({"any":"text"})", R"({"any":[{"a":{}}]})", R"({"any":7})"}) {
    CAPTURE(text);
    const auto read = codec::from_json<carrier>(json::parse(text), "c");
    REQUIRE(read);
    const auto binary = codec::to_cbor(*read);
    const auto again = codec::from_cbor<carrier>(binary, "c");
    REQUIRE(again);
    CHECK(codec::to_cbor(*again) == binary);
    CHECK(codec::to_json(*again) == text);
  }
}

TEST_CASE("a value with keys that JSON has not is carried through CBOR, and null in JSON") {
  const auto binary = "a1 00 a2 01 4102 02 a1 03 f5"_hex;
  const auto read = codec::from_cbor<carrier>(binary, "c");
  REQUIRE(read);
  CHECK(codec::to_cbor(*read) == binary);
  CHECK(codec::to_json(*read) == R"({"any":null})");
  const auto bad = codec::from_cbor<carrier>("a1 00 a2 01 02 01 02"_hex, "c");
  REQUIRE(!bad);
  CHECK(name(bad.error().code) == name(errc::malformed));
  CHECK(codec::to_json(carrier{}) == "{}");
}

TEST_SUITE_END();
