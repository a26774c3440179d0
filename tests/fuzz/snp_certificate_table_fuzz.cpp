#include "shared/evidence/snp/certificate_table.hpp"

// Whatever the bytes, parsing ends, in bounds, with a table or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto table = troth::evidence::snp::parse_certificate_table({data, size}))
    (void)write_certificate_table(*table);
  return 0;
}
