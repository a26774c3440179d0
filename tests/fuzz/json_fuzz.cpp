#include "shared/base/bytes.hpp"
#include "shared/codec/json.hpp"

#include <cstdlib>

// Whatever the bytes, parsing ends with a value or an error; and the value is JSON.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  const auto value = codec::parse_json(to_text({data, size}), {.max_bytes = size});
  if (value && !codec::parse_json(value->dump(), {.max_bytes = 16 * size + 64}))
    std::abort();
  return 0;
}
