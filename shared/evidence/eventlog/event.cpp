#include "shared/evidence/eventlog/event.hpp"

#include "shared/base/hex.hpp"

#include <algorithm>
#include <array>

namespace troth::evidence::eventlog {

namespace {

struct named_type {
  event_type type;
  std::string_view name;
};

constexpr auto names = std::to_array<named_type>({
  {event_type::preboot_cert, "EV_PREBOOT_CERT"},
  {event_type::post_code, "EV_POST_CODE"},
  {event_type::unused, "EV_UNUSED"},
  {event_type::no_action, "EV_NO_ACTION"},
  {event_type::separator, "EV_SEPARATOR"},
  {event_type::action, "EV_ACTION"},
  {event_type::event_tag, "EV_EVENT_TAG"},
  {event_type::s_crtm_contents, "EV_S_CRTM_CONTENTS"},
  {event_type::s_crtm_version, "EV_S_CRTM_VERSION"},
  {event_type::cpu_microcode, "EV_CPU_MICROCODE"},
  {event_type::platform_config_flags, "EV_PLATFORM_CONFIG_FLAGS"},
  {event_type::table_of_devices, "EV_TABLE_OF_DEVICES"},
  {event_type::compact_hash, "EV_COMPACT_HASH"},
  {event_type::ipl, "EV_IPL"},
  {event_type::ipl_partition_data, "EV_IPL_PARTITION_DATA"},
  {event_type::nonhost_code, "EV_NONHOST_CODE"},
  {event_type::nonhost_config, "EV_NONHOST_CONFIG"},
  {event_type::nonhost_info, "EV_NONHOST_INFO"},
  {event_type::omit_boot_device_events, "EV_OMIT_BOOT_DEVICE_EVENTS"},
  {event_type::post_code2, "EV_POST_CODE2"},
  {event_type::efi_variable_driver_config, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
  {event_type::efi_variable_boot, "EV_EFI_VARIABLE_BOOT"},
  {event_type::efi_boot_services_application, "EV_EFI_BOOT_SERVICES_APPLICATION"},
  {event_type::efi_boot_services_driver, "EV_EFI_BOOT_SERVICES_DRIVER"},
  {event_type::efi_runtime_services_driver, "EV_EFI_RUNTIME_SERVICES_DRIVER"},
  {event_type::efi_gpt_event, "EV_EFI_GPT_EVENT"},
  {event_type::efi_action, "EV_EFI_ACTION"},
  {event_type::efi_platform_firmware_blob, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
  {event_type::efi_handoff_tables, "EV_EFI_HANDOFF_TABLES"},
  {event_type::efi_platform_firmware_blob2, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"},
  {event_type::efi_handoff_tables2, "EV_EFI_HANDOFF_TABLES2"},
  {event_type::efi_variable_boot2, "EV_EFI_VARIABLE_BOOT2"},
  {event_type::efi_gpt_event2, "EV_EFI_GPT_EVENT2"},
  {event_type::efi_hcrtm_event, "EV_EFI_HCRTM_EVENT"},
  {event_type::efi_variable_authority, "EV_EFI_VARIABLE_AUTHORITY"},
  {event_type::efi_spdm_firmware_blob, "EV_EFI_SPDM_FIRMWARE_BLOB"},
  {event_type::efi_spdm_firmware_config, "EV_EFI_SPDM_FIRMWARE_CONFIG"},
  {event_type::efi_spdm_device_policy, "EV_EFI_SPDM_DEVICE_POLICY"},
  {event_type::efi_spdm_device_authority, "EV_EFI_SPDM_DEVICE_AUTHORITY"},
});

constexpr std::string_view number_prefix = "0x";

std::string number_of(event_type type) {
  const auto value = static_cast<std::uint32_t>(type);
  const std::array<std::uint8_t, 4> digits{static_cast<std::uint8_t>(value >> 24),
                                           static_cast<std::uint8_t>(value >> 16),
                                           static_cast<std::uint8_t>(value >> 8),
                                           static_cast<std::uint8_t>(value)};
  return std::string{number_prefix} + hex(digits);
}

} // namespace

std::string name(event_type type) {
  const auto found = std::ranges::find(names, type, &named_type::type);
  return found != names.end() ? std::string{found->name} : number_of(type);
}

std::optional<event_type> parse_event_type(std::string_view text) {
  if (const auto found = std::ranges::find(names, text, &named_type::name); found != names.end())
    return found->type;
  if (!text.starts_with(number_prefix))
    return std::nullopt;
  const auto digits = from_hex(text.substr(number_prefix.size()));
  if (!digits || digits->size() != 4)
    return std::nullopt;
  std::uint32_t value = 0;
  for (const auto byte : *digits)
    value = value << 8 | byte;
  const auto type = static_cast<event_type>(value);
  if (name(type) != text) // one spelling each
    return std::nullopt;
  return type;
}

const digest* event::find_digest(hash_algorithm wanted) const noexcept {
  const auto found = std::ranges::find(digests, wanted, &digest::algorithm);
  return found != digests.end() ? &*found : nullptr;
}

} // namespace troth::evidence::eventlog
