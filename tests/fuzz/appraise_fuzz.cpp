#include "shared/appraisal/appraise.hpp"

// Whatever the report, there is a result, it does not affirm, and it can be written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  static const auto rules = *appraisal::built_in_policy(appraisal::cmc_compat);
  static const endorsement::trust_anchors nobody;
  static const bytes nonce(32, 0x5a);
  const auto result = appraisal::appraise({{data, size}, nonce, rules, nobody, time_point{}});
  if (result.summary.says == report::status::success
      || report::write_result(result, report::encoding::json).empty()
      || report::write_result(result, report::encoding::cbor).empty())
    __builtin_trap();
  return 0;
}
