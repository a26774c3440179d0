#include "shared/evidence/tpm/signature.hpp"

// Whatever the bytes, parsing ends, in bounds, with a signature or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto signature = troth::evidence::tpm::parse_signature({data, size}))
    (void)troth::evidence::tpm::raw_ecdsa(*signature, 32);
  return 0;
}
