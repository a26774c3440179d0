#include "shared/appraisal/authority.hpp"

#include <algorithm>
#include <array>

namespace troth::appraisal {

namespace {

constexpr std::array<std::uint64_t, 6> firmware_pcrs = {0, 1, 2, 3, 6, 7};
constexpr std::array<std::uint64_t, 3> firmware_td_registers = {0, 1, 5};

bool is_firmware(std::string_view anchor, std::uint64_t index) {
  if (anchor == "TPM")
    return std::ranges::find(firmware_pcrs, index) != firmware_pcrs.end();
  if (anchor == "TDX")
    return std::ranges::find(firmware_td_registers, index) != firmware_td_registers.end();
  return anchor != "SW";
}

} // namespace

bool is_root(const report::manifest& manifest) {
  return manifest.base_layers.size() == 1 && manifest.base_layers.front() == manifest.info.name;
}

bool may_speak_for(const report::manifest& manifest, std::string_view anchor,
                   std::uint64_t register_index, const policy& rules) {
  if (rules.authority.empty())
    return !rules.firmware_by_root_only || is_root(manifest)
           || !is_firmware(anchor, register_index);
  const auto given = rules.authority.find(manifest.info.name);
  return given != rules.authority.end()
         && std::ranges::any_of(given->second, [&](const register_range& range) {
              return range.anchor == anchor && range.first <= register_index
                     && register_index <= range.last;
            });
}

} // namespace troth::appraisal
