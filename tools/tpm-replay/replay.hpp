#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/device/tpm.hpp"

#include <cstddef>

namespace troth::tpm_replay {

/// Extends a TPM as firmware and loader did when they wrote `log`.
///
/// @returns how many events were extended; `unsupported` if the log starts PCR 0 with another
///          value than zeros, which only a TPM's start-up can; `missing` if the log has no
///          digests for an active bank, which would differ from the log for ever.
result<std::size_t> replay_boot_log(device::tpm& tpm, byte_view log);

/// Extends a TPM as the kernel did when it wrote `list`.
/// @returns how many entries were extended.
result<std::size_t> replay_ima_list(device::tpm& tpm, byte_view list);

} // namespace troth::tpm_replay
