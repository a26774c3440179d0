#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/key.hpp"
#include "shared/evidence/tpm/public_area.hpp"
#include "shared/evidence/tpm/signature.hpp"

#include <span>
#include <string_view>

namespace troth::endorsement {

/// What follows a machine's name in the subject of its attestation key's certificate.
inline constexpr std::string_view attestation_key_suffix = " TPM AK";

/// Returns the key of a public area as others than TPMs know it.
/// @returns `malformed` if it is no key, `unsupported` for a curve we do not know.
result<crypto::public_key> to_public_key(const evidence::tpm::public_area& area);

/// Returns a TPM's signature as `crypto::public_key::verify` reads it of such a key.
/// @returns `bad_signature` if it can be none of that key.
result<bytes> signature_bytes(const evidence::tpm::signature& of, const crypto::public_key& key);

/// Returns the name of a TPM object: the id of its nameAlg, and that hash over its public area.
/// @see TPM 2.0 Library, Part 1, 16 (Names)
bytes name_of(const evidence::tpm::public_area& area);

/// Checks that a key signs nothing but what the TPM that made it says of itself: only such a
/// key may be certified as an attestation key.
///
/// @returns `malformed`, naming the attribute, if it is not restricted, signs not or decrypts,
///          was not made in the TPM or may leave it, or leaves its scheme to the caller;
///          `weak` for SHA-1 as nameAlg or in the scheme; `unsupported` for other schemes.
/// @note Whether a TPM holds it shows when that TPM activates a credential for it.
/// @see TPM 2.0 Library, Part 1, 25.4 (Restricted attribute)
result<void> check_attestation_key(const evidence::tpm::public_area& area);

/// Checks that a vendor whom we trust vouches for an endorsement key.
///
/// @param vendors roots and intermediates; one that issued itself counts as a root.
/// @returns `untrusted` unless the certificate chains to a root and is for endorsement keys;
///          `expired`; `weak`; `malformed` if `area` is another key than the certificate's, or
///          signs, or may leave the TPM.
/// @see TCG EK Credential Profile for TPM 2.0, 3.2
result<void> check_endorsement_key(const crypto::certificate& certificate,
                                   const evidence::tpm::public_area& area,
                                   std::span<const crypto::certificate> vendors, time_point at);

} // namespace troth::endorsement
