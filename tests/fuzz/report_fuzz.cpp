#include "shared/report/report.hpp"

#include <cstdlib>

// Whatever the bytes, parsing ends, in bounds; and what parses is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  const auto parsed = report::parse_report({data, size});
  if (parsed) {
    auto again = *parsed;
    again.context_bytes = report::write_context(again.claims, again.encoded_as);
    if (!report::parse_report(report::write_report(again)))
      std::abort();
  }
  (void)report::parse_collaterals({data, size});
  (void)report::parse_evidences({data, size});
  return 0;
}
