#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"
#include "shared/endorsement/log_components.hpp"
#include "shared/evidence/pe/image.hpp"

#include <span>
#include <string_view>
#include <vector>

// What the common ways to boot Linux measure, computed of what is booted. The firmware's own part
// is not in here: it is the machine's.

namespace troth::endorsement {

/// Returns the event of the firmware that starts an image: its Authenticode hash, in PCR 4.
/// @see TCG PC Client Platform Firmware Profile, EV_EFI_BOOT_SERVICES_APPLICATION
pcr_component started_image(const evidence::pe::image& image, std::string_view name,
                            std::span<const hash_algorithm> banks);

/// Returns the events of systemd-stub in a unified kernel image: of each section that it knows, its
/// name and its content, in PCR 11.
/// @returns `missing` for an image without a kernel.
/// @see systemd, The TPM2 PCR Measurements Made by systemd
result<std::vector<pcr_component>> unified_kernel(const evidence::pe::image& image,
                                                  std::span<const hash_algorithm> banks);

/// Returns the event of a command line that systemd-boot hands over, or that overrides the one in
/// a unified kernel image: in PCR 12.
/// @returns `malformed` for what is not printable ASCII.
result<pcr_component> systemd_command_line(std::string_view text,
                                           std::span<const hash_algorithm> banks);

/// Returns the event of a file that GRUB reads: in PCR 9.
pcr_component grub_file(byte_view content, std::string_view name,
                        std::span<const hash_algorithm> banks);

/// Returns the event of the command line that GRUB hands to a kernel: in PCR 8.
/// @param text as in GRUB's `linux` command: the kernel's path first.
pcr_component grub_command_line(std::string_view text, std::span<const hash_algorithm> banks);

} // namespace troth::endorsement
