#include "shared/evidence/tdx/quote_service.hpp"

#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::tdx;

namespace {

/// GET_QUOTE_RESP with an id of 2 bytes and a quote of 3.
const bytes good{1, 0, 1, 0, 1, 0, 0, 0, 29, 0, 0, 0, 0, 0, 0,
                 0, 2, 0, 0, 0, 3, 0, 0, 0,  9, 9, 7, 8, 9};

} // namespace

TEST_SUITE_BEGIN("evidence/tdx/quote_service");

TEST_CASE("a quote is asked for by the report, whatever enclave makes it") {
  const auto asked = write_quote_request(bytes(tdreport_size, 0x5a));
  REQUIRE(asked.size() == 24 + tdreport_size);
  CHECK(bytes(asked.begin(), asked.begin() + 24)
        == bytes{1, 0, 1, 0, 0, 0, 0, 0, 0x18, 4, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0});
  CHECK(asked.back() == 0x5a);
}

TEST_CASE("a quote is taken out of the service's answer") {
  const auto quote = parse_quote_response(good);
  REQUIRE(quote);
  CHECK(*quote == bytes{7, 8, 9});
}

TEST_CASE("an answer that is none is refused with its place") {
  const std::string at = "tdx.quote_service.";
  check_mutations(good,
                  {{0, 2, errc::unsupported, at + "major_version at byte 0"},
                   {4, 3, errc::unsupported, at + "type at byte 4"},
                   {8, 30, errc::malformed, at + "size at byte 8"},
                   {12, 5, errc::unavailable, "tdx.quote_service: error 5"},
                   {16, 9, errc::truncated, at + "selected_id at byte 24"},
                   {16, 1, errc::trailing, at + "end at byte 28"},
                   {20, 0, errc::malformed, at + "quote_size at byte 20"},
                   {20, 4, errc::truncated, at + "quote at byte 26"}},
                  parse_quote_response);
  for (std::size_t n = 0; n < 8; ++n) {
    const auto cut = parse_quote_response(byte_view{good}.first(n));
    REQUIRE(!cut);
    CHECK(cut.error().code == errc::truncated);
  }
  const auto large = parse_quote_response(bytes(max_quote_service_message + 1));
  REQUIRE(!large);
  CHECK(large.error().code == errc::too_large);
}

TEST_SUITE_END();
