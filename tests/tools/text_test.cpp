#include "tools/terminal/text.hpp"

#include <doctest/doctest.h>

using namespace troth::terminal;

TEST_SUITE_BEGIN("tools/text");

TEST_CASE("what could move a cursor is shown, not done") {
  struct row {
    std::string in;
    std::string ascii;
    std::string utf8;
  };
  const row rows[] = {
    {"plain text, with \\ backslash", "plain text, with \\ backslash",
     "plain text, with \\ backslash"},
    {"\x1b[2J\r\n\t", "\\x1b[2J\\x0d\\x0a\\x09", "\\x1b[2J\\x0d\\x0a\\x09"},
    {"\x7f", "\\x7f", "\\x7f"},
    {"M\xc3\xbcnchen", "M\\u{fc}nchen", "M\xc3\xbcnchen"},
    {"\xc2\x9b"
     "31m",
     "\\u{9b}31m", "\\u{9b}31m"},
    {"\xe2\x80\xae"
     "exe.txt",
     "\\u{202e}exe.txt", "\\u{202e}exe.txt"},
    {"\xf0\x9f\x90\x98", "\\u{1f418}", "\xf0\x9f\x90\x98"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.ascii);
    CHECK(printable(row.in, charset::ascii) == row.ascii);
    CHECK(printable(row.in, charset::utf8) == row.utf8);
  }
}

TEST_CASE("bytes that are not UTF-8 are shown one by one") {
  const std::pair<std::string, std::string> rows[] = {
    {"\xff", "\\xff"},
    {"\x80", "\\x80"},
    {"\xc3", "\\xc3"},                            // cut off
    {"\xc0\xaf", "\\xc0\\xaf"},                   // overlong
    {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},          // overlong
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          // surrogate
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, // above U+10FFFF
    {"\xc3"
     "a",
     "\\xc3"
     "a"},
  };
  for (const auto& [in, out] : rows) {
    CAPTURE(out);
    CHECK(printable(in, charset::utf8) == out);
  }
}

TEST_CASE("width counts code points") {
  CHECK(columns("M\xc3\xbcnchen") == 7);
  CHECK(joined({}).empty());
  CHECK(joined({"one", "two"}) == "one, two");
}

TEST_CASE("long text is broken at blanks, and long words anywhere") {
  CHECK(wrapped("", 2, 30) == "\n");
  CHECK(wrapped("one two three four five six", 4, 28) == "one two three four five\n    six\n");
  CHECK(wrapped(std::string(50, 'x'), 2, 32)
        == std::string(30, 'x') + "\n  " + std::string(20, 'x') + "\n");
  CHECK(wrapped("aaaaaaaaaaaaaaaaaaaa b", 0, 20) == "aaaaaaaaaaaaaaaaaaaa\nb\n");
}

TEST_SUITE_END();
