#include "shared/wire/long_text.hpp"

#include "shared/wire/members.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using wire::take_long_text;

namespace {

const std::string long_text(5000, 'A');

/// What a body reads as, or why it does not.
std::string outcome(const std::string& body) {
  auto parsed = wire::members::parse(body, "body");
  if (!parsed)
    return to_string(parsed.error());
  auto in = *std::move(parsed);
  const auto a = in.text("a", 10'000);
  const auto b = in.has("b") ? in.text("b", 10'000) : "";
  const auto c = in.has("c") ? in.object("c", 20'000) : "";
  const auto done = in.finish(true);
  return done ? a + '|' + b + '|' + c : to_string(done.error());
}

/// Replaces each `%` by a text that is taken out, or by one of the same length that is not: its
/// last character is none of base64.
std::string filled(const std::string& pattern, bool is_taken) {
  const auto text = is_taken ? long_text : long_text.substr(1) + '-';
  std::string out;
  for (const auto c : pattern)
    out += c == '%' ? text : std::string(1, c);
  return out;
}

} // namespace

TEST_SUITE_BEGIN("wire/long_text");

TEST_CASE("a long member of plain base64 is taken out") {
  const auto json = R"({"x":1, "a" : ")" + long_text + R"(","b":[2]})";
  const auto got = take_long_text(json);
  REQUIRE(got);
  CHECK(got->rest == R"({"x":1, "a" : "","b":[2]})");
  CHECK(got->taken == long_text);
  CHECK(got->rest.substr(got->at - 1, 2) == "\"\"");
}

TEST_CASE("what is short, deeper, a name, or anything but base64 stays") {
  CHECK(!take_long_text(R"({"a":")" + long_text.substr(0, 4000) + "\"}"));
  CHECK(!take_long_text(R"({"x":{"a":")" + long_text + "\"}}"));
  CHECK(!take_long_text(R"({"x":[")" + long_text + "\"]}"));
  CHECK(!take_long_text("[\"" + long_text + "\"]"));
  CHECK(!take_long_text("{\"" + long_text + "\":1}"));
  CHECK(!take_long_text('"' + long_text + '"'));
  CHECK(!take_long_text(R"({"a":")" + long_text + "\\n\"}"));
  CHECK(!take_long_text(R"({"a":")" + long_text + "\xc3\xa4\"}"));
  CHECK(!take_long_text(R"({"a":")" + long_text));
  CHECK(!take_long_text(""));
}

TEST_CASE("quotes within texts end nothing") {
  const auto json = R"({"x":"\\\" : \"{","y":"\\","a":")" + long_text + "\"}";
  const auto got = take_long_text(json);
  REQUIRE(got);
  CHECK(got->rest == R"({"x":"\\\" : \"{","y":"\\","a":""})");
}

TEST_CASE("members read the same with a text taken out as without") {
  for (const std::string pattern : {R"({"a":"%"})",
                                    R"( { "a" : "%" } )",
                                    R"({"b":"x","a":"%"})",
                                    R"({"a":"%","b":""})",
                                    R"({"a":"","b":"%"})",
                                    R"({"a":"%","b":"%"})",
                                    R"({"a":"%","c":{"y":"%","z":[1]}})",
                                    R"({"c":{"y":"{"},"a":"%"})",
                                    R"({"a":"%","a":"%"})",
                                    R"({"a":"%"}x)",
                                    R"({"a":"%",})",
                                    R"({"a":"%" "b"})",
                                    R"({"a":"%","b":1})",
                                    R"({"a":"%","d":1})",
                                    R"({"a":"%")",
                                    R"({"a":"%)",
                                    R"({"a" "%"})",
                                    R"({:"%"})",
                                    R"(["a":"%"])",
                                    R"({"%":1})",
                                    R"(:"%")",
                                    R"({"a":"%"]})",
                                    R"({]"a":"%"})",
                                    R"({"a":tru"%"})",
                                    R"({"a":"%","c":{"y":"%")"}) {
    CAPTURE(pattern);
    auto with = outcome(filled(pattern, true));
    auto without = outcome(filled(pattern, false));
    for (auto& c : without)
      if (c == '-')
        c = 'A';
    CHECK(with == without);
  }
}

TEST_SUITE_END();
