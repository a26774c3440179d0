#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"
#include "shared/device/tpm.hpp"

#include <tss2/tss2_tpm2_types.h>

namespace troth::device {

/// Endorsement key, RSA 2048, template L-1.
/// @see TCG EK Credential Profile for TPM 2.0, revision 2.5, B.3.3
TPM2B_PUBLIC endorsement_rsa();

/// Endorsement key, NIST P-256, template L-2.
/// @see TCG EK Credential Profile for TPM 2.0, revision 2.5, B.3.4
TPM2B_PUBLIC endorsement_ecc();

/// Storage root key, NIST P-256: the parent of what we make, where the owner has not put one.
/// @see TCG TPM v2.0 Provisioning Guidance, revision 1.0, 7.5.1
TPM2B_PUBLIC storage_root();

/// Signing key for what it is given: unrestricted, with a scheme that the caller names.
/// @param seed where the public number will be; another one is another key.
/// @returns `unsupported` for another kind than P-256, P-384 and RSA 2048.
result<TPM2B_PUBLIC> signing(crypto::key_kind kind, byte_view seed);

/// Key for TLS: unrestricted, used without a password, with a scheme that the caller names. One of
/// RSA may decrypt, too: by `TPM2_RSA_Decrypt` RSASSA-PSS has a salt of the length that TLS 1.3
/// wants, while `TPM2_Sign` of many a TPM takes the longest that fits.
/// @returns `unsupported` for another kind than P-256, P-384, RSA 2048 and RSA 3072.
/// @see TPM 2.0 Library, Part 2, 8.3.3.10 (decrypt): of a key without a scheme both may be set
result<TPM2B_PUBLIC> tls(crypto::key_kind kind);

/// Attestation key: restricted, signs only what the TPM itself has made.
TPM2B_PUBLIC attestation(key_algorithm algorithm);

} // namespace troth::device
