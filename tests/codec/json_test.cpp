#include "shared/codec/json.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;

namespace {

result<nlohmann::json> parse(std::string_view text) {
  return codec::parse_json(text, {.max_bytes = 1024});
}

struct row {
  std::string text;
  errc code;
  std::string where;
};

} // namespace

TEST_SUITE_BEGIN("codec/json");

TEST_CASE("a JSON text parses into its values") {
  const auto value = parse(R"( {"a":[1,-2,true,null,"x\u00e4"],"b":{},"c":18446744073709551615} )");
  REQUIRE(value);
  CHECK(value->at("a") == nlohmann::json{1, -2, true, nullptr, "x\xc3\xa4"});
  CHECK(value->at("b").is_object());
  CHECK(value->at("c").get<std::uint64_t>() == 18446744073709551615U);
}

TEST_CASE("every proper prefix of a JSON text is refused as truncated") {
  const std::string good = R"({"a":[1,true,null,"x\u00e4",-1.5e3],"b":{"c":false}})";
  for (std::size_t n = 0; n < good.size(); ++n) {
    CAPTURE(n);
    const auto value = parse(good.substr(0, n));
    REQUIRE(!value);
    CHECK(name(value.error().code) == name(errc::truncated));
  }
}

TEST_CASE("what RFC 8259 forbids or leaves open is refused") {
  const row rows[] = {
    {R"({"a":1,"b":{"a":1},"a":2})", errc::malformed, "json: a member twice: a"},
    {R"({"a":1,"\u0061":2})", errc::malformed, "json: a member twice: a"},
    {"{'a':1}", errc::malformed, "json at byte 1"},
    {"[1,]", errc::malformed, "json at byte 3"},
    {"[01]", errc::malformed, "json at byte 2"},
    {"[1e999]", errc::malformed, "json at byte 5"},
    {"[NaN]", errc::malformed, "json at byte 1"},
    {"[Infinity]", errc::malformed, "json at byte 1"},
    {"[1]//", errc::trailing, "json at byte 3"},
    {"/**/[1]", errc::malformed, "json at byte 0"},
    {"\xef\xbb\xbf[1]", errc::malformed, "json at byte 0: a byte order mark"},
    {"[\"\xff\"]", errc::malformed, "json at byte 2"},
    {"[\"\xed\xa0\x80\"]", errc::malformed, "json at byte 3"},
    {R"(["\ud800"])", errc::malformed, "json at byte 8"},
    {"[\"a\nb\"]", errc::malformed, "json at byte 3"},
    {"[1]x", errc::trailing, "json at byte 3"},
    {"[1][2]", errc::trailing, "json at byte 3"},
    {std::string("[1]\0]", 5), errc::malformed, "json at byte 3"},
    {"}", errc::malformed, "json at byte 0"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto value = parse(row.text);
    REQUIRE(!value);
    CHECK(name(value.error().code) == name(row.code));
    CHECK(value.error().where == row.where);
  }
}

TEST_CASE("a JSON text may be nested 64 deep and no deeper") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(parse(nested(64)));
  const auto value = parse(nested(65));
  REQUIRE(!value);
  CHECK(name(value.error().code) == name(errc::too_large));
  CHECK(value.error().where == "json: nested deeper than 64");
}

TEST_CASE("a JSON text over the caller's limit is refused unread") {
  const auto value = codec::parse_json("[1, 2]", {.max_bytes = 5});
  REQUIRE(!value);
  CHECK(name(value.error().code) == name(errc::too_large));
  CHECK(value.error().where == "json: 6 bytes, at most 5");
}

TEST_SUITE_END();
