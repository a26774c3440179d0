#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>

namespace troth::evidence::tpm {

/// A signature as a TPM makes it. Parsed, not verified.
struct signature {
  signature_algorithm algorithm; ///< RSASSA, RSAPSS or ECDSA.
  bytes rsa;                     ///< RSA only: as long as the modulus.
  bytes r;                       ///< ECDSA only: big-endian, as the TPM wrote it.
  bytes s;                       ///< ECDSA only, likewise.
};

/// Parses a TPMT_SIGNATURE.
///
/// @returns the signature; `unsupported` if its scheme or hash is none of ours;
///          `truncated`, `trailing`, `too_large` if its shape is wrong.
/// @see TPM 2.0 Library, Part 2, 11.3.4 (TPMT_SIGNATURE)
result<signature> parse_signature(byte_view tpmt_signature);

/// Writes an ECDSA signature as `crypto::public_key::verify` reads it: r and s, each
/// padded with zeros in front to `size` bytes, the size of the curve.
///
/// @returns `malformed` if it is no ECDSA signature, or r or s is a larger number.
result<bytes> raw_ecdsa(const signature& value, std::size_t size);

} // namespace troth::evidence::tpm
