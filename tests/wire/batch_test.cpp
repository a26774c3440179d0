#include "shared/wire/batch.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;

namespace {

std::string told(const result<std::vector<std::string_view>>& split) {
  if (!split)
    return to_string(split.error());
  std::string out;
  for (const auto part : *split)
    out += '<' + std::string{part} + '>';
  return out;
}

std::string array(std::string_view body) {
  return told(wire::split_array(body, 3));
}

std::string lines(std::string_view body) {
  return told(wire::split_lines(body, 3));
}

} // namespace

TEST_SUITE_BEGIN("wire/batch");

TEST_CASE("an array is split into the texts of its elements") {
  CHECK(array(R"( [ {"a":[1,{}]} , {"b":"],\\\"}"} ] )") == R"(<{"a":[1,{}]}><{"b":"],\\\"}"}>)");
  CHECK(array("[1]") == "<1>");
}

TEST_CASE("what is no array of parts is refused") {
  CHECK(array("{}") == "malformed: batch: expected an array");
  CHECK(array("") == "malformed: batch: expected an array");
  CHECK(array("[]") == "missing: batch: is empty");
  CHECK(array("[1,]") == "malformed: batch: an element is missing");
  CHECK(array("[,1]") == "malformed: batch: an element is missing");
  CHECK(array("[1,2,3,4]") == "too_large: batch: more than 3");
  CHECK(array("[1]2") == "trailing: batch");
  for (const std::string_view cut : {"[", "[1", "[1,", "[{", "[{]", R"(["])", R"(["\)"})
    CHECK(array(cut) == "truncated: batch");
}

TEST_CASE("lines are parts, but for empty ones") {
  CHECK(lines("{}\n\r\n {\"a\":1} \n") == R"(<{}><{"a":1}>)");
  CHECK(lines("1") == "<1>");
  CHECK(lines("\n\n") == "missing: batch: is empty");
  CHECK(lines("1\n2\n3\n4") == "too_large: batch: more than 3");
}

TEST_SUITE_END();
