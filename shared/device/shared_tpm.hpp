#pragma once

#include "shared/device/tpm.hpp"

#include <functional>
#include <memory>

namespace troth::device {

/// Opens a TPM.
using tpm_opener = std::function<result<std::unique_ptr<tpm>>()>;

/// Lets several anchors of one process use a TPM over one connection, which is all that a software
/// TPM gives. What is opened ends in the same connection as long as anybody holds it, and in a new
/// one once that was lost. Not for several threads.
/// @note The loaded key is that connection's: one of the users has one at most.
tpm_opener share_tpm(tpm_opener open);

} // namespace troth::device
