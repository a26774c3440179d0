#include "shared/evidence/tdx/quote.hpp"

// Whatever the bytes, parsing ends, in bounds, with a quote or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)troth::evidence::tdx::parse_quote({data, size});
  (void)troth::evidence::sgx::parse_signature_data({data, size},
                                                   troth::evidence::sgx::signature_layout::wrapped);
  return 0;
}
