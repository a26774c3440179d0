#include "shared/evidence/psa/token.hpp"

// Whatever the bytes, parsing ends, in bounds; and what was read is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth::evidence::psa;
  const auto parsed = parse_token({data, size});
  if (!parsed)
    return 0;
  const auto written = write_token(*parsed);
  const auto again = parse_token(written);
  if (!again || write_token(*again) != written)
    __builtin_trap();
  return 0;
}
