#pragma once

#include <chrono>
#include <cstdlib>
#include <functional>

namespace troth::bench {

/// Ends a measurement that would measure nothing.
inline void require(bool holds) {
  if (!holds)
    std::abort();
}

/// Returns how often a second `work` is done.
inline double rate_of(const std::function<void()>& work) {
  using clock = std::chrono::steady_clock;
  constexpr auto least = std::chrono::milliseconds{1'500};
  std::size_t times = 0;
  const auto begin = clock::now();
  auto now = begin;
  for (; now - begin < least; now = clock::now(), ++times)
    work();
  return static_cast<double>(times) / std::chrono::duration<double>(now - begin).count();
}

// The parts of bench_silicon. Each prints its lines.

void measure_snp();
void measure_intel();

} // namespace troth::bench
