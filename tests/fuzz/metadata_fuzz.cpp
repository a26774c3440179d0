#include "shared/report/metadata.hpp"
#include "shared/report/omsp.hpp"

#include <cstdlib>

// Whatever the bytes, parsing ends with an item or an error; and an item is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth::report;
  const auto item = parse_metadata({data, size});
  if (item)
    for (const auto as : {encoding::json, encoding::cbor})
      if (!parse_metadata(write_metadata(*item, as)))
        std::abort();
  (void)parse_signed({data, size});
  (void)parse_status_request({data, size});
  return 0;
}
