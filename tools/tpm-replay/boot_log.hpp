#pragma once

#include "shared/base/bytes.hpp"

namespace troth::tpm_replay {

/// Makes the boot log of a machine that never was: UEFI with secure boot, shim, GRUB, Linux.
///
/// Crypto-agile with banks for SHA-1 and SHA-256; each event's digest covers what the profile
/// says it covers, and of what is not in a log (firmware, boot loaders, kernel) a stand-in.
/// The same bytes each time.
/// @see TCG PC Client Platform Firmware Profile 1.06, 10
bytes make_boot_log();

} // namespace troth::tpm_replay
