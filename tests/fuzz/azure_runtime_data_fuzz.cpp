#include "shared/evidence/azure/runtime_data.hpp"

#include <cstdlib>

// Whatever the bytes, parsing ends with claims or an error; what is signed is in the input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth::evidence::azure;
  if (const auto claims = parse_runtime_data({data, size}))
    if (claims->signed_bytes.size() > size || claims->ak_modulus.empty())
      std::abort();
  if (const auto report = parse_hcl_report({data, size}))
    (void)parse_runtime_data(report->runtime_data);
  return 0;
}
