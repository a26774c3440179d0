#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/reader.hpp"
#include "shared/evidence/sgx/enclave_report.hpp"

#include <array>
#include <cstdint>

namespace troth::evidence::sgx {

// What SGX and TDX quotes have in common: how they begin, and how they are signed.

inline constexpr std::uint16_t ecdsa_p256 = 2;     ///< The one attestation key type we know.
inline constexpr std::uint32_t tee_sgx = 0x00;     ///< Header's TEE type.
inline constexpr std::uint32_t tee_tdx = 0x81;     ///< Header's TEE type.
inline constexpr std::size_t max_auth_data = 4096; ///< Bytes of a QE's authentication data.
inline constexpr std::size_t max_certification_data = std::size_t{64} * 1024; ///< Bytes.
inline constexpr std::size_t max_signature_data = std::size_t{128} * 1024;    ///< Bytes.

/// The first 48 bytes of a quote.
struct quote_header {
  std::uint16_t version = 0;
  std::uint16_t attestation_key_type = 0;
  std::uint32_t tee_type = 0;
  std::uint16_t qe_svn = 0;  ///< A hint: what counts stands in the QE's report.
  std::uint16_t pce_svn = 0; ///< A hint: what counts stands in the PCK certificate.
  std::array<std::uint8_t, 16> qe_vendor_id{};
  std::array<std::uint8_t, 20> user_data{};

  friend bool operator==(const quote_header&, const quote_header&) = default;
};

/// What a quote says of the key that certifies its QE.
/// @see Intel SGX ECDSA QuoteLibReference DCAP API, A.4, table 9
enum class certification_type : std::uint16_t {
  ppid_plain = 1,
  ppid_rsa2048 = 2,
  ppid_rsa3072 = 3,
  pck_leaf = 4,
  pck_chain = 5,
  qe_report = 6, ///< Wraps the rest in quotes from version 4 on, and nothing else.
  platform_manifest = 7
};

/// Who signed a quote, and why that is the quoting enclave (QE) of a certified platform.
struct signature_data {
  std::array<std::uint8_t, 64> signature{};       ///< Over the quote's header and body; r, s.
  std::array<std::uint8_t, 64> attestation_key{}; ///< P-256: x, y, big-endian.
  bytes qe_report_bytes;                          ///< What `qe_report_signature` is over.
  enclave_report qe_report;
  std::array<std::uint8_t, 64> qe_report_signature{}; ///< By the PCK; r, s.
  bytes qe_auth_data;
  certification_type type{};
  bytes certification_data; ///< E.g. the PCK chain, as it stands.

  friend bool operator==(const signature_data&, const signature_data&) = default;
};

/// Whether signature data carry a part of their own around the QE's report.
enum class signature_layout : std::uint8_t {
  flat,   ///< Quotes of version 3.
  wrapped ///< From version 4 on: in certification data of type 6.
};

/// Versions of a quote, both included.
struct version_range {
  std::uint16_t oldest;
  std::uint16_t newest;
};

/// Takes a quote's header. Fails as `unsupported` for a version out of range and for an
/// attestation key that is not ECDSA with P-256 (EPID, for one); as `malformed` for another TEE.
quote_header read_header(reader& in, version_range versions, std::uint32_t tee_type);

/// Parses the bytes that a quote's signature length counts.
/// @returns `truncated`, `trailing`; `too_large`; `unsupported` for a type of certification data
///          that we do not know; `malformed` for one that cannot stand where it does, a length
///          that contradicts another, or reserved bytes of the QE's report that are not zero.
/// @note Checks no signature, and does not look into the certification data.
/// @see Intel SGX ECDSA QuoteLibReference DCAP API, A.4; Intel TDX DCAP Quoting Library API, A.3
result<signature_data> parse_signature_data(byte_view input, signature_layout layout);

} // namespace troth::evidence::sgx
