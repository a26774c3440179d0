#include "shared/evidence/eventlog/efi_variable.hpp"

#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using evidence::eventlog::parse_efi_variable;

namespace {

const bytes good = "000102030405060708090a0b0c0d0e0f" // vendor GUID
                   "0200000000000000"                 // 2 characters
                   "0300000000000000"                 // 3 bytes
                   "4100 ac20"                        // A and a euro sign
                   "c0c1c2"_hex;

} // namespace

TEST_SUITE_BEGIN("evidence/eventlog/efi_variable");

TEST_CASE("a variable parses into its fields") {
  const auto variable = parse_efi_variable(good);
  REQUIRE(variable);
  CHECK(copy(variable->vendor_guid) == "000102030405060708090a0b0c0d0e0f"_hex);
  CHECK(variable->name == u"A\u20ac");
  CHECK(copy(variable->data) == "c0c1c2"_hex);
  CHECK(copy(variable->structure) == good);
  CHECK(variable->surplus.empty());
}

TEST_CASE("what stands behind a variable is told apart from it") {
  auto longer = good;
  longer.push_back(0xee);
  const auto variable = parse_efi_variable(longer);
  REQUIRE(variable);
  CHECK(copy(variable->structure) == good);
  CHECK(copy(variable->surplus) == "ee"_hex);
}

TEST_CASE("every proper prefix of a variable is refused as truncated") {
  check_prefixes(good, parse_efi_variable);
}

TEST_CASE("a malformed variable is refused at the field that is wrong") {
  check_mutations(good,
                  {
                    {17, 0x05, errc::too_large, "eventlog.efi_variable.name at byte 24"},
                    {23, 0xff, errc::too_large, "eventlog.efi_variable.name at byte 24"},
                    {24, 0x04, errc::truncated, "eventlog.efi_variable.data at byte 36"},
                    {31, 0xff, errc::truncated, "eventlog.efi_variable.data at byte 36"},
                  },
                  parse_efi_variable);
}

TEST_SUITE_END();
