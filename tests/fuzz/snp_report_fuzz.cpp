#include "shared/evidence/snp/report.hpp"

#include <algorithm>
#include <cstdlib>

// Whatever the bytes, parsing ends, and a report that was read is written as it stood.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const troth::byte_view input{data, size};
  const auto report = troth::evidence::snp::parse_report(input);
  if (report && !std::ranges::equal(write_report(*report), input))
    std::abort();
  return 0;
}
