#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

namespace troth::device {

/// Takes the certificate out of an NV index, which may be longer than it: by its DER length,
/// and without the header that some vendors kept from TPM 1.2.
///
/// @returns the DER; `truncated`, `malformed` if there is none.
/// @note Looks at the outermost length only.
/// @see TCG PC Client Implementation Specification for TPM 1.2, 7.3.2 (TCG_PCCLIENT_STORED_CERT)
result<bytes> trim_certificate(byte_view stored);

} // namespace troth::device
