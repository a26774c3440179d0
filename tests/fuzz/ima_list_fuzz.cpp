#include "shared/evidence/ima/file_signature.hpp"
#include "shared/evidence/ima/list.hpp"

// Whatever the bytes, parsing ends, in bounds; and the template data of an entry that was
// read is read again alone.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth::evidence::ima;
  const auto list = parse_list({data, size});
  if (!list)
    return 0;
  for (const auto& entry : *list) {
    const auto template_data = entry.template_data();
    if (!parse_template(troth::to_text(entry.template_name), template_data))
      __builtin_trap();
    (void)parse_file_signature(entry.fields.signature);
  }
  return 0;
}
