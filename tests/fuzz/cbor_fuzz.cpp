#include "shared/codec/cbor_reader.hpp"

#include <cstdlib>

// Whatever the bytes, reading ends, in bounds; and what is canonical is so in any form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth::codec;
  cbor_reader canonical{{data, size}, "fuzz"};
  canonical.skip();
  cbor_reader definite{{data, size}, "fuzz", cbor_form::definite};
  definite.skip();
  if (canonical.ok() && (!definite.ok() || definite.position() != canonical.position()))
    std::abort();
  return 0;
}
