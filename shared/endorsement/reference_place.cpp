#include "shared/endorsement/reference_place.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string>

namespace troth::endorsement {

namespace {

struct anchor {
  std::string_view name;
  std::optional<std::uint64_t> last_register; // none: it has no registers
};

constexpr std::array anchors = {
  anchor{"TPM", 23}, anchor{"SW", {}}, anchor{"SNP", {}},
  anchor{"SGX", {}}, anchor{"TDX", 5}, anchor{"IAS", {}},
};

std::optional<std::uint64_t> decimal(const std::string* text) {
  if (text == nullptr || text->empty() || (text->size() > 1 && text->front() == '0'))
    return std::nullopt;
  std::uint64_t value = 0;
  const auto* end = std::to_address(text->end());
  const auto [at, why] = std::from_chars(text->data(), end, value);
  if (why != std::errc{} || at != end)
    return std::nullopt;
  return value;
}

} // namespace

std::optional<std::uint64_t> register_of(std::string_view trust_anchor,
                                         const report::component& value) {
  const auto* const known = std::ranges::find(anchors, trust_anchor, &anchor::name);
  if (known == anchors.end())
    return std::nullopt;
  if (!known->last_register)
    return 0;
  const auto index = decimal(value.find_property(report::property_index));
  return index && *index <= *known->last_register ? index : std::nullopt;
}

} // namespace troth::endorsement
