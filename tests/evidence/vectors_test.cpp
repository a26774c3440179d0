#include "tests/support/vectors.hpp"

#include "tests/vectors/kinds.hpp"

#include <doctest/doctest.h>

#include <iostream>

using namespace troth::testing;

namespace {

constexpr std::size_t kinds = 3;

void run(const std::string& kind, outcome (*judge)(const vector_case&)) {
  if (!vectors_folder()) {
    skip_without_vectors(kinds);
    return;
  }
  const auto result = run_vectors(kind, judge);
  std::size_t skipped = 0;
  for (const auto& [key, count] : result.skipped)
    skipped += count;
  std::cout << kind << ": " << result.passed << " passed, " << result.failures.size() << " failed, "
            << skipped << " skipped\n";
  for (const auto& [key, count] : result.skipped)
    std::cout << "  skipped " << key << ": " << count << '\n';
  for (const auto& failure : result.failures)
    FAIL_CHECK(failure);
  CHECK(result.passed > 0);
}

} // namespace

TEST_SUITE_BEGIN("evidence/vectors");

TEST_CASE("event logs of real machines are read and replayed as expected") {
  run("eventlog", judge_eventlog);
}

TEST_CASE("measurement lists of real kernels are read and replayed as expected") {
  run("ima", judge_ima);
}

TEST_CASE("attestations of real TPMs are read and verified as expected") {
  run("tpm", judge_tpm);
}

TEST_SUITE_END();
