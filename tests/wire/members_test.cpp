#include "shared/wire/members.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;

namespace {

/// Parses `body` and takes what the tests put into it.
result<std::string> take_all(std::string_view body) {
  auto parsed = wire::members::parse(body, "f");
  if (!parsed)
    return parsed.error();
  auto in = *std::move(parsed);
  auto taken = in.text("text", 8) + '|';
  taken += to_text(in.decoded("bytes", 2, 4)) + '|';
  taken += in.object("object", 40);
  return in.finish(std::move(taken));
}

std::string outcome(std::string_view body) {
  const auto taken = take_all(body);
  return taken ? *taken : to_string(taken.error());
}

} // namespace

TEST_SUITE_BEGIN("wire/members");

TEST_CASE("members are taken by their names") {
  CHECK(outcome(R"({"text":"aä","bytes":"YWJj","object":{"x":[1,{}]}})")
        == R"(aä|abc|{"x":[1,{}]})");
  CHECK(outcome("{}") == "||");
  CHECK(outcome(" { \"text\" : \"\\u0041\" } \n") == "A||");
}

TEST_CASE("an inner object keeps its text to the byte") {
  for (const std::string inner :
       {R"({})", R"({ "b" : 1.50, "a" : [ {} , "}" ] })", "{\"a\":\"\\\"}{\"}"}) {
    CAPTURE(inner);
    CHECK(outcome(R"({"text":"a","object":)" + inner + R"( ,"bytes":"YWI="})") == "a|ab|" + inner);
  }
}

TEST_CASE("a member of another kind or size is refused") {
  CHECK(outcome(R"({"text":1})") == "malformed: f.text: expected a text");
  CHECK(outcome(R"({"text":null})") == "malformed: f.text: expected a text");
  CHECK(outcome(R"({"text":["a"]})") == "malformed: f.text: expected a text");
  CHECK(outcome(R"({"text":{}})") == "malformed: f.text: expected a text");
  CHECK(outcome(R"({"text":""})") == "malformed: f.text: is empty");
  CHECK(outcome(R"({"text":"123456789"})") == "too_large: f.text: 9 bytes, at most 8");
  CHECK(outcome(R"({"object":"a"})") == "malformed: f.object: expected an object");
  CHECK(outcome(R"({"object":{"a":"0123456789abcdefghijklmnopqrstuvwxyz"}})")
        == "too_large: f.object: 44 bytes, at most 40");
}

TEST_CASE("base64 has one spelling and the size asked for") {
  constexpr auto expected = "expected 2 to 4 bytes of base64";
  for (const std::string bad : {"YW", "YWJ", "YW=I", "YWJj\\n", " YWI=", "YW-_", "YWJ=", "ä"})
    CHECK(outcome(R"({"bytes":")" + bad + R"("})")
          == std::string{"malformed: f.bytes: "} + expected);
  CHECK(outcome(R"({"bytes":"YQ=="})") == std::string{"malformed: f.bytes: "} + expected);
  CHECK(outcome(R"({"bytes":""})") == std::string{"malformed: f.bytes: "} + expected);
  CHECK(outcome(R"({"bytes":"YWJjZGU="})") == std::string{"too_large: f.bytes: "} + expected);
  CHECK(outcome(R"({"bytes":"YWJjZGVmZw=="})") == "too_large: f.bytes: 12 bytes, at most 8");
}

TEST_CASE("a member that nobody takes is refused by its name, whatever its kind") {
  for (const std::string value : {R"("a")", "1", "null", "true", "{}", "[]", "[[{}],\"a\"]"})
    CHECK(outcome(R"({"text":"a","other":)" + value + "}") == "unknown_key: f.other: is not read");
}

TEST_CASE("what is no object, or not to the letter JSON, is refused") {
  for (const std::string bad : {"[]", "[{}]", "1", "\"a\"", "null"})
    CHECK(outcome(bad) == "malformed: f: expected an object");
  CHECK(outcome(R"({"text":"a","text":"b"})") == "malformed: f: text: is there twice");
  CHECK(outcome(R"({"object":{},"object":{}})") == "malformed: f: object: is there twice");
  CHECK(outcome("\xef\xbb\xbf{}") == "malformed: f: json at byte 0: a byte order mark");
  CHECK(outcome(std::string_view{"{}\0", 3}) == "malformed: f: json at byte 2");
  CHECK(outcome("{} {}") == "trailing: f: json at byte 3");
  CHECK(outcome("{'text':1}") == "malformed: f: json at byte 1");
  CHECK(outcome("{\"text\":\"\xff\"}").starts_with("malformed: f: json at byte"));
  CHECK(outcome(R"({"object":{"a":1e999}})").starts_with("malformed: f: json at byte"));
  CHECK(outcome(R"({"text":"a",})").starts_with("malformed: f: json at byte"));
}

TEST_CASE("every proper prefix is refused as truncated") {
  const std::string good = R"({"text":"aä","bytes":"YWJj","object":{"x":[true,-1.5]}})";
  REQUIRE(take_all(good));
  for (std::size_t n = 0; n < good.size(); ++n) {
    CAPTURE(n);
    const auto taken = take_all(std::string_view{good}.substr(0, n));
    REQUIRE(!taken);
    CHECK(name(taken.error().code) == name(errc::truncated));
  }
}

TEST_CASE("depth is limited, and width costs nothing") {
  const auto nested = [](std::size_t depth) {
    return R"({"other":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  CHECK(outcome(nested(63)).starts_with("unknown_key"));
  CHECK(outcome(nested(64)) == "too_large: f: nested deeper than 64");
  CHECK(outcome(R"({"other":)" + std::string(1'000'000, '[')).starts_with("too_large"));
  std::string wide = R"({"other":[0)";
  for (int n = 0; n < 1'000'000; ++n)
    wide += ",{}";
  CHECK(outcome(wide + "]}").starts_with("unknown_key"));
}

TEST_SUITE_END();
