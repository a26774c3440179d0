#pragma once

#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"
#include "shared/evidence/sgx/quote.hpp"
#include "shared/evidence/tdx/quote.hpp"

#include <array>
#include <cstdint>

namespace troth::endorsement::intel {

/// Who makes ECDSA quotes for Intel's platforms.
inline constexpr std::array<std::uint8_t, 16> intel_qe_vendor{0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c,
                                                              0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3,
                                                              0x95, 0x7f, 0x06, 0x07};

/// Checks that the platform's PCK signed the report of the quoting enclave.
/// @returns `bad_signature`, `unsupported` for a PCK that is no P-256 key.
result<void> verify_qe_report(const evidence::sgx::signature_data& by,
                              const crypto::public_key& pck);

/// Checks that the quoting enclave made the attestation key: its report data are the key's hash
/// and 32 zero bytes.
/// @returns `bad_signature`.
/// @see Intel SGX ECDSA QuoteLibReference DCAP API, A.4, table 7 (QE Report)
result<void> verify_attestation_key(const evidence::sgx::signature_data& by);

/// Returns the attestation key. @returns `malformed` for a point that is not on the curve.
result<crypto::public_key> attestation_key_of(const evidence::sgx::signature_data& by);

/// Checks that the attestation key signed a quote's header and body.
/// @returns `malformed` for a key that is not on the curve, `bad_signature`.
result<void> verify_quote_signature(byte_view signed_bytes,
                                    const evidence::sgx::signature_data& by);

} // namespace troth::endorsement::intel
