#include "shared/codec/jws.hpp"

#include <cstdlib>

// Whatever the bytes, parsing ends with a message or an error; a message has a signature.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = troth::codec::parse_jws(troth::to_text({data, size}));
  if (read && read->signatures.empty())
    std::abort();
  return 0;
}
