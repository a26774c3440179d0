#include "shared/evidence/snp/certificate_table.hpp"

#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::snp;

namespace {

// By hand from GHCB 4.1.8.1: GUID, offset and length; zeros; the certificates.
const bytes good = "63da758de6644564adc5f4b93be8accd 60000000 02000000" // VCEK
                   "4ab7b379bbac4fe4a02f05aef327c782 62000000 01000000" // ASK
                   "ecae0c0f950243b1afa20ae2e0d565b6 60000000 01000000" // Google's platform info
                   "00000000000000000000000000000000 00000000 00000000"
                   "aabb cc"_hex;

} // namespace

TEST_SUITE_BEGIN("evidence/snp/certificate_table");

TEST_CASE("a table's certificates are found by their kind") {
  const auto table = parse_certificate_table(good);
  REQUIRE(table);
  CHECK(table->vcek == "aabb"_hex);
  CHECK(table->ask == "cc"_hex);
  CHECK_FALSE(table->ark);
  CHECK_FALSE(table->vlek);
  CHECK_FALSE(table->crl);
  CHECK(table->unknown == 1);
}

TEST_CASE("every kind that is written is read again") {
  certificate_table all;
  all.vcek = "01"_hex;
  all.vlek = "0202"_hex;
  all.ask = "03"_hex;
  all.ark = "04"_hex;
  all.crl = "05"_hex;
  const auto read = parse_certificate_table(write_certificate_table(all));
  REQUIRE(read);
  CHECK(read->vcek == all.vcek);
  CHECK(read->vlek == all.vlek);
  CHECK(read->ask == all.ask);
  CHECK(read->ark == all.ark);
  CHECK(read->crl == all.crl);
}

TEST_CASE("a table may be empty, and filled up behind its end") {
  CHECK(parse_certificate_table(bytes(24)));
  CHECK(parse_certificate_table(bytes(4096)));
}

TEST_CASE("every proper prefix of a table is refused as truncated") {
  check_prefixes(good, parse_certificate_table);
}

TEST_CASE("offsets and lengths that lead out of the table, or into its header, are refused") {
  constexpr auto where = "snp.certificate_table.";
  const auto at = [&](const char* rest) { return std::string{where} + rest; };
  check_mutations(good,
                  {
                    {16, 0x5f, errc::malformed, at("offset at byte 92")},
                    {16, 0x62, errc::truncated, at("certificate at byte 92")},
                    {19, 0xff, errc::truncated, at("certificate at byte 92")},
                    {20, 0x04, errc::truncated, at("certificate at byte 92")},
                    {23, 0xff, errc::too_large, at("length at byte 20")},
                  },
                  parse_certificate_table);
}

TEST_CASE("a kind that occurs twice is refused") {
  auto twice = good;
  std::copy_n(good.begin(), 16, twice.begin() + 24);
  const auto parsed = parse_certificate_table(twice);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == errc::malformed);
}

TEST_CASE("32 entries are taken, and not one more") {
  const auto table = [](std::size_t entries) {
    bytes out(24 * (entries + 1));
    for (std::size_t entry = 0; entry < entries; ++entry) {
      out[24 * entry] = 1;
      const auto end = out.size();
      out[24 * entry + 16] = static_cast<std::uint8_t>(end);
      out[24 * entry + 17] = static_cast<std::uint8_t>(end >> 8);
    }
    return parse_certificate_table(out);
  };
  CHECK(table(32));
  const auto more = table(33);
  REQUIRE_FALSE(more);
  CHECK(more.error().code == errc::too_large);
}

TEST_SUITE_END();
