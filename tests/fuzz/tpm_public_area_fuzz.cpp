#include "shared/evidence/tpm/public_area.hpp"

// Whatever the bytes, parsing ends, in bounds, with a public area or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)troth::evidence::tpm::parse_public_area({data, size});
  (void)troth::evidence::tpm::parse_sized_public_area({data, size});
  return 0;
}
