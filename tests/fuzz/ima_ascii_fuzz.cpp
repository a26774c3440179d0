#include "shared/evidence/ima/ascii.hpp"
#include "shared/evidence/ima/list.hpp"

// Whatever the text, converting ends, in bounds; what comes of it may still be no list.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto list = troth::evidence::ima::binary_from_ascii({data, size}))
    (void)troth::evidence::ima::parse_list(*list);
  return 0;
}
