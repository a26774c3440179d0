#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/reader.hpp"

#include <cstddef>
#include <cstdint>

namespace troth::evidence::tpm {

/// What a TPM says in every attestation, whatever it attests to.
struct attest {
  bytes signed_bytes; ///< What this was parsed from, and what the TPM signed.
  bytes qualified_signer;
  bytes extra_data; ///< Our nonce, 0..66 bytes.
  std::uint64_t clock_ms;
  std::uint32_t reset_count;
  std::uint32_t restart_count;
  bool clock_safe;
  std::uint64_t firmware_version;
};

inline constexpr std::size_t max_name = 68;   ///< Of an object: 2-byte algorithm, digest of 64.
inline constexpr std::size_t max_digest = 64; ///< The largest a TPM computes.

/// Takes the fields in front of the type's own off `in`, and requires the attestation
/// to be of `type` (a TPM_ST constant): `malformed` for a wrong magic, `unsupported`
/// for another type.
/// @see TPM 2.0 Library, Part 2, 10.12.12 (TPMS_ATTEST)
void read_attest(reader& in, std::uint16_t type, attest& into);

} // namespace troth::evidence::tpm
