#include "shared/crypto/certificate.hpp"

#include <string>

// Whatever the text, reading PEM ends, in bounds, with one certificate at least or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{data, data + size};
  const auto read = troth::crypto::certificate::from_pem(text);
  if (read && read->empty())
    __builtin_trap();
  (void)troth::crypto::public_key::from_pem(text);
  return 0;
}
