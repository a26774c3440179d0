#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

// What the paravisor of an Azure confidential virtual machine puts around the hardware's report.

namespace troth::evidence::azure {

/// What the machine runs on. The values are the runtime data's own.
enum class hardware : std::uint32_t { snp = 2, tdx = 4 };

/// An HCL report: NV index 0x01400001 of the machine's TPM. Views point into the input.
struct hcl_report {
  byte_view hardware_report; ///< SNP report, or TDREPORT with zeros behind it.
  byte_view runtime_data;
};

inline constexpr std::size_t hardware_report_size = 1184;
inline constexpr std::size_t max_hcl_report = std::size_t{64} * 1024;

/// Parses an HCL report.
/// @returns it; `malformed` for what is none; `unsupported` for other versions than 1 and 2;
///          `too_large`, `truncated`.
/// @see Microsoft, Guest attestation for confidential VMs: attestation report format
result<hcl_report> parse_hcl_report(byte_view input);

/// Runtime data: claims whose SHA-256 the hardware's report has as its first 32 bytes of report
/// data. Views point into the input.
struct runtime_claims {
  hardware on{};
  byte_view signed_bytes; ///< The claims' JSON, as it stands.
  bytes ak_modulus;       ///< Of HCLAkPub, the RSA key that signs the TPM's quotes; big-endian.
  std::uint32_t ak_exponent = 0;
  std::array<std::uint8_t, 64> user_data{}; ///< NV index 0x01400002 when the report was made.
};

/// Parses runtime data.
/// @returns them; `malformed` for what contradicts itself, without one RSA key HCLAkPub or 64 bytes
///          of user data, and for what is not zero behind the claims; `unsupported` for another
///          version, hardware or hash; `too_large`, `truncated`; what `parse_json` returns.
/// @see Microsoft, Guest attestation for confidential VMs: runtime data, runtime claims
result<runtime_claims> parse_runtime_data(byte_view input);

} // namespace troth::evidence::azure
