#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/evidence/tpm/attest.hpp"

namespace troth::evidence::tpm {

/// What a TPM says of another key that it holds. Parsed, not yet authenticated.
struct certification : attest {
  bytes name; ///< Of the certified key: 2-byte algorithm, then the digest of its public area.
  bytes qualified_name; ///< The same, bound to its parents.
};

/// Parses the attestation structure that `TPM2_Certify` signs.
///
/// @param attest  the marshalled TPMS_ATTEST, without the TPM2B length in front.
/// @returns the certification, or what `parse_quote` returns for the same fault.
/// @note Checks no signature, and not that the name is some public area's.
/// @see TPM 2.0 Library, Part 2, 10.12.3 (TPMS_CERTIFY_INFO)
result<certification> parse_certification(byte_view attest);

} // namespace troth::evidence::tpm
