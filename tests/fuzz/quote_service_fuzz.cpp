#include "shared/evidence/tdx/quote_service.hpp"

#include <cstdlib>

// Whatever a service answers, parsing ends with a quote out of it or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto quote = troth::evidence::tdx::parse_quote_response({data, size});
  if (quote && (quote->empty() || quote->size() > size))
    std::abort();
  return 0;
}
