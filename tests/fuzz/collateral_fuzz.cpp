// Bundles of what vendors say, and names of items.

#include "shared/collateral/item.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth;
  const auto text = to_text({data, size});
  (void)collateral::question_of(text);
  if (const auto items = collateral::read_items(text))
    if (!collateral::read_items(collateral::write_items(*items)))
      __builtin_trap();
  return 0;
}
