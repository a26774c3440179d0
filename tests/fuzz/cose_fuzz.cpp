#include "shared/codec/cose.hpp"

#include <cstdlib>

// Whatever the bytes, parsing ends, in bounds, with a message or an error; a message has a
// signature.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = troth::codec::parse_cose({data, size});
  if (read && read->signatures.empty())
    std::abort();
  return 0;
}
