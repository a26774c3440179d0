#include "shared/evidence/tpm/certification.hpp"

#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using evidence::tpm::parse_certification;

namespace {

// Written by hand from TPM 2.0 Part 2, 10.12.
const bytes good = "ff544347"             // magic
                   "8017"                 // type: certify
                   "0002 000b"            // qualified signer
                   "0002 1122"            // extra data
                   "0000000000000001"     // clock, ms
                   "00000002 00000003 00" // resets, restarts, safe
                   "0000000000000007"     // firmware version
                   "0003 000baa"          // name
                   "0003 000bbb"_hex;     // qualified name

} // namespace

TEST_SUITE_BEGIN("evidence/tpm/certification");

TEST_CASE("a certification parses into its fields") {
  const auto certification = parse_certification(good);
  REQUIRE(certification);
  CHECK(certification->signed_bytes == good);
  CHECK(certification->extra_data == "1122"_hex);
  CHECK(!certification->clock_safe);
  CHECK(certification->name == "000baa"_hex);
  CHECK(certification->qualified_name == "000bbb"_hex);
}

TEST_CASE("every proper prefix of a certification is refused as truncated") {
  check_prefixes(good, parse_certification);
}

TEST_CASE("a malformed certification is refused at the field that is wrong") {
  check_mutations(good,
                  {
                    {1, 0x00, errc::malformed, "tpm.certification.magic at byte 0"},
                    {5, 0x18, errc::unsupported, "tpm.certification.type at byte 4"},
                    {40, 0x45, errc::too_large, "tpm.certification.name at byte 39"},
                    {45, 0x45, errc::too_large, "tpm.certification.qualified_name at byte 44"},
                  },
                  parse_certification);
}

TEST_CASE("a byte after a certification is refused as trailing") {
  check_trailing(good, "tpm.certification.end at byte 49", parse_certification);
}

TEST_SUITE_END();
