#include "services/net/rate_limiter.hpp"

#include <doctest/doctest.h>

using namespace troth::services::net;
using namespace std::chrono_literals;

namespace {

constexpr rate_limiter::clock_time now{1h};

} // namespace

TEST_SUITE_BEGIN("services/rate_limiter");

TEST_CASE("a caller has its burst, and then its rate") {
  rate_limiter limiter;
  limiter.set({2, 3});
  for (int n = 0; n < 3; ++n)
    CHECK(!limiter.refuse("a", now));
  CHECK(limiter.refuse("a", now) == 1s);
  CHECK(!limiter.refuse("b", now)); // each has its own
  CHECK(!limiter.refuse("a", now + 500ms));
  CHECK(limiter.refuse("a", now + 500ms));
  for (int n = 0; n < 3; ++n)
    CHECK(!limiter.refuse("a", now + 1min)); // a pause saves no more than the burst
  CHECK(limiter.refuse("a", now + 1min));
}

TEST_CASE("who has to wait is told how long") {
  rate_limiter limiter;
  limiter.set({0.1, 1});
  CHECK(!limiter.refuse("a", now));
  CHECK(limiter.refuse("a", now) == 10s);
  CHECK(limiter.refuse("a", now + 4s) == 6s);
  CHECK(!limiter.refuse("a", now + 10s));
}

TEST_CASE("without a rate everybody may") {
  rate_limiter limiter;
  for (int n = 0; n < 100; ++n)
    CHECK(!limiter.refuse("a", now));
}

TEST_CASE("however many callers there are, who has just asked too often is not forgotten") {
  rate_limiter limiter;
  limiter.set({1, 2});
  CHECK(!limiter.refuse("eager", now));
  CHECK(!limiter.refuse("eager", now));
  for (std::size_t n = 0; n < 2 * rate_limiter::max_callers; ++n)
    CHECK(!limiter.refuse(std::to_string(n), now));
  CHECK(limiter.refuse("eager", now));
}

TEST_SUITE_END();
