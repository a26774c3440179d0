#include "shared/protocol/deadline.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace troth;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("protocol/deadline");

TEST_CASE("the time that is left is what the deadline says, and never more than may be") {
  const time_point now = time_point{} + 1h;
  const std::uint64_t now_ms = 3'600'000;
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  CHECK(protocol::time_left(0, now, 30s) == 30s);
  CHECK(protocol::time_left(now_ms + 1, now, 30s) == 1ms);
  CHECK(protocol::time_left(now_ms + 30'000, now, 30s) == 30s);
  CHECK(protocol::time_left(now_ms + 30'001, now, 30s) == 30s);
  CHECK(protocol::time_left(now_ms, now, 30s) == 0ms);
  CHECK(protocol::time_left(1, now, 30s) == 0ms);
  for (const auto far : {most, most / 2, most / 2 + 1})
    CHECK(protocol::time_left(far, now, 30s) == 30s);
  CHECK(protocol::time_left(1, time_point{} - 1h, 30s) == 1ms);
}

TEST_SUITE_END();
