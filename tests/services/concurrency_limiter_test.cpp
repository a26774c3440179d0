#include "services/net/concurrency_limiter.hpp"

#include <doctest/doctest.h>

#include <vector>

using troth::services::net::concurrency_limiter;

TEST_SUITE_BEGIN("services/concurrency_limiter");

TEST_CASE("a caller has so many under way and no more, whatever others have") {
  concurrency_limiter limiter;
  limiter.set(2);
  auto first = limiter.admit("a");
  const auto second = limiter.admit("a");
  CHECK(first != nullptr);
  CHECK(second != nullptr);
  CHECK(limiter.admit("a") == nullptr);
  CHECK(limiter.admit("b") != nullptr);
  first.reset();
  first = limiter.admit("a");
  CHECK(first != nullptr);
  CHECK(limiter.admit("a") == nullptr);
}

TEST_CASE("what is as good as done does not count") {
  concurrency_limiter limiter;
  limiter.set(1);
  const auto first = limiter.admit("a");
  CHECK(limiter.admit("a") == nullptr);
  const auto second = limiter.admit("a", 1);
  CHECK(second != nullptr);
  CHECK(limiter.admit("a", 1) == nullptr);
}

TEST_CASE("without a limit a caller has as many as it likes") {
  concurrency_limiter limiter;
  std::vector<std::unique_ptr<concurrency_limiter::grant>> all;
  for (int n = 0; n < 1000; ++n) {
    all.push_back(limiter.admit("a"));
    CHECK(all.back() != nullptr);
  }
}

TEST_SUITE_END();
