#include "shared/codec/utf8.hpp"

#include <doctest/doctest.h>

using namespace troth;

TEST_SUITE_BEGIN("codec/utf8");

TEST_CASE("text in its shortest form is UTF-8, of any length and at any place") {
  for (const std::string text :
       {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    for (std::size_t before = 0; before < 20; ++before)
      for (std::size_t behind = 0; behind < 20; ++behind)
        CHECK(codec::is_utf8(std::string(before, 'x') + text + std::string(behind, 'y')));
}

TEST_CASE("overlong forms, surrogates, values above U+10FFFF and parts of characters are not") {
  for (const std::string text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc2", "\xe2\x82",
        "\xf0\x9f\x98", "\xc2\x41", "\xe2\x41\x82", "\xe2\x82\x41"})
    for (std::size_t around = 0; around < 20; ++around) {
      CAPTURE(around);
      CHECK(!codec::is_utf8(std::string(around, 'x') + text + std::string(around, 'y')));
    }
}

TEST_CASE("repair keeps what is UTF-8 and marks each byte that is not") {
  CHECK(codec::repair_utf8("plain \xc3\xa4") == "plain \xc3\xa4");
  CHECK(codec::repair_utf8("a\xff\xe2\x82z") == "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
  CHECK(codec::is_utf8(codec::repair_utf8("\xf0\x9f\x98\xc0\x80")));
}

TEST_SUITE_END();
