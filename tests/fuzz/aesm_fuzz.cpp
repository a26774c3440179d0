#include "shared/evidence/sgx/aesm.hpp"

#include <cstdlib>

// Whatever a service answers, parsing ends with something out of it or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth::evidence::sgx;
  (void)parse_key_answer({data, size});
  (void)parse_quote_size_answer({data, size});
  const auto quote = parse_quote_answer({data, size});
  if (quote && quote->size() > size)
    std::abort();
  return 0;
}
