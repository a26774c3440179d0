#include "shared/crypto/certificate_bag.hpp"
#include "tests/fuzz/require.hpp"

#include <cstddef>
#include <cstdint>

// Whatever the bytes, reading ends, in bounds, and what is read is not empty.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto got = troth::crypto::read_certificate_bag({data, size});
  troth::require(!got || !got->empty());
  return 0;
}
