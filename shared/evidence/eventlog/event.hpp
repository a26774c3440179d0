#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troth::evidence::eventlog {

/// What an event says it measured. A log may hold types that are not listed.
/// @see TCG PC Client Platform Firmware Profile 1.06, 10.4.1
enum class event_type : std::uint32_t {
  preboot_cert = 0x00,
  post_code = 0x01,
  unused = 0x02,
  no_action = 0x03,
  separator = 0x04,
  action = 0x05,
  event_tag = 0x06,
  s_crtm_contents = 0x07,
  s_crtm_version = 0x08,
  cpu_microcode = 0x09,
  platform_config_flags = 0x0A,
  table_of_devices = 0x0B,
  compact_hash = 0x0C,
  ipl = 0x0D,
  ipl_partition_data = 0x0E,
  nonhost_code = 0x0F,
  nonhost_config = 0x10,
  nonhost_info = 0x11,
  omit_boot_device_events = 0x12,
  post_code2 = 0x13,
  efi_variable_driver_config = 0x8000'0001,
  efi_variable_boot = 0x8000'0002,
  efi_boot_services_application = 0x8000'0003,
  efi_boot_services_driver = 0x8000'0004,
  efi_runtime_services_driver = 0x8000'0005,
  efi_gpt_event = 0x8000'0006,
  efi_action = 0x8000'0007,
  efi_platform_firmware_blob = 0x8000'0008,
  efi_handoff_tables = 0x8000'0009,
  efi_platform_firmware_blob2 = 0x8000'000A,
  efi_handoff_tables2 = 0x8000'000B,
  efi_variable_boot2 = 0x8000'000C,
  efi_gpt_event2 = 0x8000'000D,
  efi_hcrtm_event = 0x8000'0010,
  efi_variable_authority = 0x8000'00E0,
  efi_spdm_firmware_blob = 0x8000'00E1,
  efi_spdm_firmware_config = 0x8000'00E2,
  efi_spdm_device_policy = 0x8000'00E3,
  efi_spdm_device_authority = 0x8000'00E4,
};

/// Returns the name TCG gives the type, e.g. `EV_EFI_VARIABLE_AUTHORITY`; for a type that
/// is not listed its number, as `0x` and 8 hex digits.
std::string name(event_type type);

/// Reads what `name` returns.
/// @returns nothing for every other text.
std::optional<event_type> parse_event_type(std::string_view text);

/// One record of an event log. Parsed, not replayed: neither digests nor data are proved.
struct event {
  std::uint32_t register_index; ///< The PCR; in a CC log 0 for MRTD, n + 1 for RTMR n.
  event_type type;
  std::vector<digest> digests; ///< Of the banks we can compute, in the log's order.
  byte_view data;              ///< Within the log that was parsed.
  std::size_t offset;          ///< Of the record, within that log.
  std::size_t size_bytes;      ///< Of the record.

  /// Returns whether its digests were extended: not so for EV_NO_ACTION.
  bool is_measured() const noexcept { return type != event_type::no_action; }

  /// Returns the digest of that bank, or nothing.
  const digest* find_digest(hash_algorithm wanted) const noexcept;
};

} // namespace troth::evidence::eventlog
