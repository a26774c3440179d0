#pragma once

#include "shared/device/tpm.hpp"

#include <memory>
#include <string>

namespace troth::device {

/// Connects to a TPM over tpm2-tss.
///
/// @param tcti `device:/dev/tpmrm0`, `swtpm:host=127.0.0.1,port=2331` and the like.
/// @returns `io` if there is no TPM.
/// @note A software TPM serves one connection at a time; a second one waits for its turn.
result<std::unique_ptr<tpm>> open_tpm(const std::string& tcti);

/// Stops tpm2-tss from writing to the standard error what our errors say already. The environment
/// variable TSS2_LOG still turns it on. Call it before threads are started.
void quiet_tpm_library();

} // namespace troth::device
