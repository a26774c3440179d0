#include "shared/evidence/ima/template.hpp"

#include <array>
#include <string_view>

// Whatever the bytes, as whichever template, parsing ends, in bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::string_view, 7> names{"ima",        "ima-ng",   "ima-sig",  "ima-buf",
                                                  "ima-modsig", "ima-ngv2", "ima-sigv2"};
  for (const auto name : names)
    (void)troth::evidence::ima::parse_template(name, {data, size});
  return 0;
}
