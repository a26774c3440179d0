#include "shared/device/ek_certificate.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto found = troth::device::trim_certificate({data, size});
  if (found && (found->size() > size || found->front() != 0x30))
    std::abort();
  return 0;
}
