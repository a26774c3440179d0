#include "shared/evidence/ovmf/image.hpp"

#include <algorithm>
#include <cstdlib>

// Whatever the bytes, parsing ends with an image or an error; what sections hold is in the input,
// of whole pages and within the limits. The input is put to the end of an image: the tables are
// there.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth::evidence::ovmf;
  const auto pages = (size + page_size) / page_size;
  troth::bytes content(pages * page_size);
  std::copy(data, data + size, content.end() - static_cast<std::ptrdiff_t>(size));
  const auto parsed = parse_image(content);
  if (!parsed)
    return 0;
  if (const auto snp = parse_snp_sections(*parsed))
    for (const auto& one : *snp)
      if (one.size % page_size != 0 || one.size > max_section_bytes)
        std::abort();
  if (const auto tdx = parse_tdx_sections(*parsed))
    for (const auto& one : *tdx)
      if (one.content.size() > one.size || (!one.is_later && one.size > max_section_bytes))
        std::abort();
  return 0;
}
