#include "shared/endorsement/provisioned_values.hpp"

#include <cstdlib>

// Whatever the bytes, parsing ends, in bounds, with a CoRIM or an error; a CoRIM has a value, and
// each value is a digest or raw.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = troth::endorsement::parse_corim({data, size});
  (void)troth::endorsement::parse_signed_corim({data, size});
  (void)troth::endorsement::parse_corim_meta({data, size});
  if (!read)
    return 0;
  if (read->values.empty())
    std::abort();
  for (const auto& value : read->values)
    if (value.digests.empty() && !value.raw_value)
      std::abort();
  const auto made = troth::endorsement::provisioned_values(*read);
  if (made && made->size() != read->values.size())
    std::abort();
  return 0;
}
