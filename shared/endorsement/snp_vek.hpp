#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/authentic.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/evidence/snp/report.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace troth::endorsement {

/// What AMD put into the certificate of a key that signs SNP reports.
struct vek_extensions {
  std::uint8_t struct_version = 0;
  std::string product_name;          ///< E.g. `Milan-B0`; without stepping for a VLEK.
  evidence::snp::tcb_parts tcb;      ///< What the key was derived from.
  std::optional<bytes> hardware_id;  ///< VCEK: 64 bytes, on Turin 8.
  std::optional<std::string> csp_id; ///< VLEK: whose it is.

  /// Returns which of the two keys it is.
  evidence::snp::signing_key kind() const noexcept {
    return csp_id ? evidence::snp::signing_key::vlek : evidence::snp::signing_key::vcek;
  }
};

/// Reads the extensions of a VCEK or VLEK certificate.
///
/// @returns `missing` without structure version, product name or one of the four security
///          versions; `malformed` for a value that is not what it must be, and unless there is
///          either a hardware id or a CSP id.
/// @note fmcSPL is Turin's alone, and zero where it is not.
/// @see AMD 57230 (VCEK certificate and KDS interface), 3.1; AMD 58369 (VLEK)
result<vek_extensions> read_vek_extensions(const crypto::certificate& from);

/// Whether the key is derived from the TCB that the report says it is.
bool is_of_tcb(const vek_extensions& key, const evidence::snp::attestation_report& report,
               evidence::snp::product_line line);

/// Whether a VCEK is of the chip that the report is from. All 64 bytes of the chip's id count: a
/// shorter hardware id has zeros behind it. Never so for a VLEK, or where the host masked the id.
bool is_of_chip(const vek_extensions& key, const evidence::snp::attestation_report& report);

/// Makes a report authentic that `key` signed.
/// @returns `unsupported` for a signature that is not ECDSA P-384 with SHA-384, or a key of
///          another curve; `bad_signature`, also if the report says that nobody signed.
/// @see AMD 56860, 7.3 and chapter 10 (signature format)
result<crypto::authentic<evidence::snp::attestation_report>>
authenticate_report(evidence::snp::attestation_report report, const crypto::public_key& key);

} // namespace troth::endorsement
