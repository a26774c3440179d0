#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"

namespace troth::crypto {

/// What a credential is made for: the public area of a TPM's endorsement key.
struct endorsement_key {
  public_key key;                ///< RSA or on a NIST curve.
  hash_algorithm name_algorithm; ///< The EK's, not that of the key to be certified.
  unsigned symmetric_bits;       ///< Of the EK's AES in CFB mode: 128, 192 or 256.
};

/// What TPM2_ActivateCredential takes.
struct credential {
  bytes id_object;        ///< TPM2B_ID_OBJECT, its size in front.
  bytes encrypted_secret; ///< TPM2B_ENCRYPTED_SECRET, its size in front.
};

/// Wraps `secret` so that only the TPM with this EK can read it, and only while it holds
/// the object of that name: TPM2_MakeCredential in software.
///
/// @param object_name the Name of the key to be certified: algorithm and digest.
/// @param secret at most as long as a digest of the EK's `name_algorithm`.
/// @returns `too_large` or `missing` for such a secret; `malformed` for a name that is
///          none; `unsupported` for another kind of EK or size of AES key; `weak` for SHA-1
///          or an RSA key below 2048 bits.
/// @note Not checked: that the EK is a TPM's, and that the object is a restricted key.
/// @see TPM 2.0 Library, Part 1, 24 (Credential protection); Part 3, 12.6
result<credential> make_credential(const endorsement_key& ek, byte_view object_name,
                                   byte_view secret);

} // namespace troth::crypto
