#include "shared/crypto/key.hpp"

#include <algorithm>

// Whatever the key and the signature, verifying ends, in bounds; the key, the signature and
// the message are parts of the input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  const byte_view input{data, size};
  const auto spki = input.first(std::min<std::size_t>(size, size > 0 ? data[0] + 1U : 0));
  const auto key = crypto::public_key::from_der(spki.empty() ? spki : spki.subspan(1));
  if (!key)
    return 0;
  (void)key->der();
  const auto rest = input.subspan(spki.size());
  for (const auto scheme : {signature_scheme::ecdsa, signature_scheme::rsassa,
                            signature_scheme::rsapss, signature_scheme::eddsa})
    (void)key->verify({scheme, hash_algorithm::sha256}, input, rest);
  return 0;
}
