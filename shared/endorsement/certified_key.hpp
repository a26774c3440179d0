#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"
#include "shared/evidence/tpm/public_area.hpp"

namespace troth::endorsement {

/// What a TPM says of a TLS key that it holds, as it came.
struct key_statement {
  bytes public_area; ///< TPMT_PUBLIC.
  bytes attest;      ///< TPMS_ATTEST of TPM2_Certify.
  bytes signature;   ///< TPMT_SIGNATURE.
};

/// Checks that a key was made in a TPM, cannot leave it, and signs what it is told: what a TLS key
/// in a TPM must be.
///
/// @returns `malformed`, naming the attribute; `weak` for SHA-1 as nameAlg or in the scheme;
///          `unsupported` for another scheme than one that signs, and other kinds of key than
///          P-256, P-384, RSA-2048 and RSA-3072.
/// @note It may also decrypt: TPM2_Sign chooses the longest salt for RSASSA-PSS, which TLS 1.3 does
///       not take, so that padding is computed outside and TPM2_RSA_Decrypt does the rest.
/// @see TPM 2.0 Library, Part 1, 25 (Object Structures); RFC 8446, section 4.2.3
result<void> check_tls_key(const evidence::tpm::public_area& area);

/// Checks that a TPM vouches for a TLS key of its own.
///
/// @param nonce  what the statement must answer.
/// @param key    which key it must be of.
/// @param ak     the attestation key that must have signed it.
/// @returns `bad_signature`; `untrusted` for a statement that answers another nonce, is of another
///          public area, or of another key; what parsing the parts and `check_tls_key` return.
/// @note Whether `ak` is a TPM's is for the caller.
/// @see TPM 2.0 Library, Part 3, 18.2 (TPM2_Certify)
result<void> check_certified_key(const key_statement& statement, byte_view nonce,
                                 const crypto::public_key& key, const crypto::public_key& ak);

} // namespace troth::endorsement
