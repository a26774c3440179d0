#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/report/component.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troth::report {

/// The one version of the report that we write and read, cmc's.
inline constexpr std::string_view report_version = "3.3.0";

enum class encoding : std::uint8_t { json = 1, cbor };

/// What kinds of evidence there are, by their names on the wire.
inline constexpr std::string_view tpm_evidence = "TPM Evidence";
inline constexpr std::string_view sw_evidence = "SW Evidence";
inline constexpr std::string_view snp_evidence = "SNP Evidence";
inline constexpr std::string_view sgx_evidence = "SGX Evidence";
inline constexpr std::string_view tdx_evidence = "TDX Evidence";
inline constexpr std::string_view ias_evidence = "IAS Evidence"; ///< Of a PSA root of trust.

inline constexpr std::string_view artifact_pcr_summary = "PCR Summary";
inline constexpr std::string_view artifact_pcr_eventlog = "PCR Eventlog";
inline constexpr std::string_view artifact_sw_eventlog = "SW Eventlog";
inline constexpr std::string_view artifact_cc_eventlog = "CC Eventlog";
inline constexpr std::string_view artifact_sgx_collateral = "SGX Collateral";
inline constexpr std::string_view artifact_tdx_collateral = "TDX Collateral";

/// What one trust anchor signed about itself and its machine.
struct evidence {
  std::string type; ///< E.g. `tpm_evidence`.
  bytes body;       ///< TPM: TPMS_ATTEST. SW: a JWS.
  bytes additional; ///< Azure: runtime claims.
  bytes signature;  ///< TPM: TPMT_SIGNATURE.
};

/// A log, or a part of one: what went into one register.
struct artifact {
  std::string type;
  std::uint64_t index = 0; ///< The register: PCR number.
  std::vector<component> events;
};

/// What helps to judge an evidence of the same type.
struct collateral {
  std::string type;
  std::vector<bytes> certificates; ///< DER, leaf first.
  bytes key;                       ///< PEM public key, SW only.
  std::vector<artifact> artifacts;
};

/// What the evidence speaks for: its hash is the evidence's nonce.
struct context {
  std::string hash_name = "SHA-256"; ///< As the prover wrote it; the verifier says which it takes.
  bytes nonce;                       ///< The relying party's.
  std::vector<collateral> collaterals;
  std::vector<std::string> digests;      ///< Hex, one for each metadata item, in order.
  std::map<std::string, bytes> metadata; ///< Hex digest to signed item; cached ones may be absent.
  std::map<std::string, bytes> certificates;
};

/// An attestation report, read. Nothing in it is verified.
struct report {
  std::string version;
  std::string name; ///< What the prover calls itself. A claim.
  encoding encoded_as = encoding::json;
  std::vector<evidence> evidences;
  context claims;
  bytes context_bytes; ///< What the hash runs over: JSON: the base64url text; CBOR: the map.
};

/// Reads a report, JSON or CBOR by its first byte.
///
/// @returns the report; `unsupported` for another version, type or encoding;
///          `malformed` for what is neither, for duplicate keys, text that is
///          not UTF-8, and CBOR that is not in its one canonical form; `missing`;
///          `too_large` over the caps of `report.cpp`; `truncated`, `trailing`.
/// @note Checks no digest and no signature.
result<report> parse_report(byte_view input);

/// Writes the context: what is hashed, and what `write_report` embeds.
/// @returns JSON: the base64url text of the JSON object; CBOR: the canonical map.
bytes write_context(const context& claims, encoding as);

/// Writes a report around `context_bytes`, in the encoding `encoded_as`.
/// @note `claims` is not looked at: what was hashed is what is sent.
bytes write_report(const report& report);

/// Writes what a driver answers: a CBOR array.
bytes write_collaterals(std::span<const collateral> collaterals);
bytes write_evidences(std::span<const evidence> evidences);

/// Reads it. @returns as `parse_report`.
result<std::vector<collateral>> parse_collaterals(byte_view input);
result<std::vector<evidence>> parse_evidences(byte_view input);

/// Writes one component by itself: CBOR.
bytes write_component(const component& one);

/// Reads it. @returns as `parse_report`.
result<component> parse_component(byte_view input);

} // namespace troth::report
