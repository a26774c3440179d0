#include "shared/evidence/eventlog/coverage.hpp"

#include "shared/base/reader.hpp"
#include "shared/evidence/eventlog/efi_variable.hpp"
#include "shared/evidence/eventlog/text.hpp"

#include <string_view>

namespace troth::evidence::eventlog {

namespace {

// EV_EVENT_TAG ids with which Linux's EFI stub measures objects, not what it writes down.
constexpr std::uint32_t linux_initrd = 0x8F3B22EC;
constexpr std::uint32_t linux_load_options = 0x8F3B22ED;

// GRUB writes a label in front of what it hashes.
constexpr std::string_view grub_labels[] = {"grub_cmd: ", "kernel_cmdline: ", "module_cmdline: "};
// Red Hat's GRUB 2.02 wrote others, and hashed some with their NUL.
constexpr std::string_view old_grub_labels[] = {"grub_cmd ", "grub_kernel_cmdline "};

// The text itself, and where it ends in a NUL the text without it.
std::vector<byte_view> with_and_without_nul(byte_view text) {
  const auto bare = without_nul(text);
  if (bare.size() == text.size())
    return {text};
  return {bare, text};
}

data_coverage tagged(byte_view data) {
  reader in{data, "eventlog.event_tag"};
  const auto id = in.u32le("id");
  if (id == linux_initrd || id == linux_load_options)
    return {};
  // Older kernels wrote no id in front of the name of the object.
  return {covers::data, false, {data}};
}

data_coverage loader_text(byte_view data) {
  for (const auto label : grub_labels)
    if (starts_with(data, label))
      return {covers::part, true, {without_nul(data.subspan(label.size()))}};
  for (const auto label : old_grub_labels)
    if (starts_with(data, label))
      return {covers::part, false, with_and_without_nul(data.subspan(label.size()))};
  // systemd's stub writes down the UTF-16 command line that it hashed; the others only
  // the name of a file or a variable.
  if (data.size() >= 2 && data[0] != 0 && data[1] == 0)
    return {covers::data, false, {data}};
  return {};
}

data_coverage boot_variable(byte_view data) {
  const auto variable = parse_efi_variable(data);
  if (!variable)
    return {covers::data, true, {data}};
  return {covers::part, true, {variable->data, data}};
}

data_coverage authority(byte_view data) {
  const auto variable = parse_efi_variable(data);
  if (!variable || variable->surplus.empty())
    return {covers::data, true, {data}};
  return {covers::part, true, {data, variable->structure}};
}

} // namespace

data_coverage coverage_of(event_type type, byte_view data) {
  switch (type) {
  case event_type::separator:
  case event_type::s_crtm_version:
  case event_type::efi_variable_driver_config:
  case event_type::efi_variable_boot2:
  case event_type::efi_gpt_event:
  case event_type::efi_gpt_event2:
  case event_type::efi_spdm_device_policy:
  case event_type::efi_spdm_device_authority:
    return {covers::data, true, {data}};
  case event_type::action:
  case event_type::efi_action:
  case event_type::omit_boot_device_events:
    return {covers::data, true, with_and_without_nul(data)};
  case event_type::platform_config_flags:
  case event_type::table_of_devices:
  case event_type::nonhost_info:
  case event_type::efi_spdm_firmware_blob:
  case event_type::efi_spdm_firmware_config:
    return {covers::data, false, {data}};
  case event_type::event_tag:
    return tagged(data);
  case event_type::ipl:
    return loader_text(data);
  case event_type::efi_variable_boot:
    return boot_variable(data);
  case event_type::efi_variable_authority:
    return authority(data);
  default:
    return {};
  }
}

} // namespace troth::evidence::eventlog
