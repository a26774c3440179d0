#include "shared/evidence/pe/image.hpp"

#include <cstdlib>

// Whatever the bytes, parsing ends with an image or an error; what is signed is in the input, once.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto image = troth::evidence::pe::parse_image({data, size});
  if (!image)
    return 0;
  std::size_t sum = 0;
  for (const auto part : image->signed_parts)
    sum += part.size();
  if (sum > size)
    std::abort();
  return 0;
}
