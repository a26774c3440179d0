#include "shared/crypto/jwk.hpp"

#include <cstdlib>

// Whatever the text, parsing ends with keys or an error; keys that were read can be written and
// read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  const auto keys = crypto::parse_jwks(to_text({data, size}));
  if (keys && !crypto::parse_jwks(crypto::write_jwks(*keys)))
    std::abort();
  return 0;
}
