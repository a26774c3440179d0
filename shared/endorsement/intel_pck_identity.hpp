#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/endorsement/intel_pck.hpp"
#include "shared/evidence/sgx/signature_data.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace troth::endorsement::intel {

/// What a quote says of a PCK certificate that it does not bring: enough to ask for it, and to know
/// it again.
struct pck_identity {
  std::optional<std::array<std::uint8_t, 16>> ppid; ///< Nothing: the quote has it encrypted.
  bytes encrypted_ppid;                             ///< RSA-2048 or RSA-3072; empty: it is plain.
  std::array<std::uint8_t, 16> cpu_svn{};
  std::uint16_t pce_svn = 0;
  std::optional<std::array<std::uint8_t, 2>> pce_id; ///< Nothing: the quote does not say.
  std::array<std::uint8_t, 16> qe_id{}; ///< What the QE calls its platform, for caches.

  friend bool operator==(const pck_identity&, const pck_identity&) = default;
};

/// Whether a quote names its PCK certificate by the platform's id.
bool names_pck(const evidence::sgx::signature_data& by);

/// Reads what a quote says of its PCK certificate.
/// @returns it; `missing` if the quote names none that way; `truncated`, `trailing`.
/// @see Intel SGX ECDSA QuoteLibReference DCAP API, A.4, table 9 (types 1 to 3)
result<pck_identity> pck_identity_of(const evidence::sgx::quote_header& header,
                                     const evidence::sgx::signature_data& by);

/// Checks that a certificate is for the platform and the TCB that a quote names. What is encrypted
/// is not compared: the key in the certificate signed the QE's report, or it did not.
/// @returns `conflict`, naming what differs.
result<void> check_is_named(const pck_extension& pck, const pck_identity& by);

} // namespace troth::endorsement::intel
