#include "services/prover/pcr_list.hpp"

#include <doctest/doctest.h>

using troth::errc;
using troth::services::parse_pcr_list;

TEST_SUITE_BEGIN("services/pcr_list");

TEST_CASE("numbers and ranges in any order make an ascending list without doubles") {
  const auto pcrs = parse_pcr_list({"14", "0-2", "2-3", "23"});
  REQUIRE(pcrs);
  CHECK(*pcrs == std::vector<std::uint32_t>{0, 1, 2, 3, 14, 23});
  CHECK(parse_pcr_list({})->empty());
}

TEST_CASE("what is excluded is left out, wherever that is said") {
  CHECK(*parse_pcr_list({"!3", "0-7", "!5-6", "!14"}) == std::vector<std::uint32_t>{0, 1, 2, 4, 7});
  CHECK(parse_pcr_list({"7", "!0-23"})->empty());
}

TEST_CASE("what is no register of a PC is malformed") {
  for (const auto* item : {"", "24", "-1", "1-", "-", "3-1", "0-24", "a", "1 ", "0x1", "1-2-3",
                           "99999999999", "!", "!24", "!!1", "1-!2"})
    CHECK_MESSAGE(parse_pcr_list({item}).error().code == errc::malformed, item);
}

TEST_SUITE_END();
