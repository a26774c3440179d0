// How many reports of SNP guests, and quotes of SGX and TDX, one core judges in a second, beside
// OpenSSL's own rates in the same run. Prints, and asserts nothing.

#include "actors/appraisal_memory.hpp"
#include "shared/appraisal/appraise.hpp"
#include "tests/bench/rate.hpp"
#include "tests/support/minted_intel_guest.hpp"
#include "tests/support/minted_snp_guest.hpp"

#include <cstdio>

namespace {

using namespace troth;
using namespace troth::testing;

/// Whole reports: metadata, evidence, collateral, result.
template <class Guest>
void measure_whole(const char* name, const Guest& guest) {
  const auto sent = guest.report();
  const auto anchors = guest.anchors();
  const auto rules = guest.rules();
  actors::appraisal_memory memory{{}, [] { return minted_now; }};
  const auto appraise = [&](appraisal::memory* known) {
    const auto result = appraisal::appraise(
      {sent, guest.host.nonce, rules, anchors, minted_now, nullptr, nullptr, known});
    bench::require(result.summary.says == report::status::success);
  };
  const auto alone = bench::rate_of([&] { appraise(nullptr); });
  appraise(&memory);
  const auto known = bench::rate_of([&] { appraise(&memory); });
  std::printf("%s, whole report, all proved before  %8.0f/s\n", name, known);
  std::printf("%s, whole report, nothing known      %8.0f/s\n", name, alone);
}

} // namespace

int main() {
  bench::measure_snp();
  bench::measure_intel();
  snp_guest snp;
  snp.vek = snp.chip.vek();
  measure_whole("SNP", snp);
  measure_whole("SGX", intel_guest{device::intel_tee::sgx});
  measure_whole("TDX", intel_guest{device::intel_tee::tdx});
}
