#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/certificate.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace troth::endorsement::intel {

/// The SGX extension of a PCK certificate.
inline constexpr std::string_view sgx_extension_oid = "1.2.840.113741.1.13.1";

/// The TCB that a PCK certificate was issued for.
struct pck_tcb {
  std::array<std::uint8_t, 16> components{}; ///< SVNs of the parts that CPUSVN stands for.
  std::uint16_t pce_svn = 0;
  std::array<std::uint8_t, 16> cpu_svn{};

  friend bool operator==(const pck_tcb&, const pck_tcb&) = default;
};

/// How a platform of several packages is set up. Nothing: the certificate does not say.
struct pck_configuration {
  std::optional<bool> dynamic_platform;
  std::optional<bool> cached_keys;
  std::optional<bool> smt_enabled;

  friend bool operator==(const pck_configuration&, const pck_configuration&) = default;
};

/// What Intel says of the platform that a PCK certificate is for.
struct pck_extension {
  std::array<std::uint8_t, 16> ppid{};
  pck_tcb tcb;
  std::array<std::uint8_t, 2> pce_id{};
  std::array<std::uint8_t, 6> fmspc{}; ///< Family, model, stepping, platform type, custom SKU.
  std::uint8_t sgx_type = 0;           ///< 0 standard, 1 scalable, 2 scalable with integrity.
  std::optional<std::array<std::uint8_t, 16>> platform_instance_id; ///< Of the Platform CA only.
  std::optional<pck_configuration> configuration;                   ///< Of the Platform CA only.

  friend bool operator==(const pck_extension&, const pck_extension&) = default;
};

/// Reads the value of the SGX extension.
///
/// @returns the extension; `truncated`, `trailing`; `malformed` for what is no DER, a value of
///          another type or size, or an item that occurs twice; `too_large` for a component above
///          255, a PCESVN above 65,535 or an SGX type above 2; `missing` without one of the items
///          that each PCK certificate has.
/// @note Items that we do not know are passed over.
/// @see Intel SGX PCK Certificate and CRL Profile Specification 1.5, 1.3.5
result<pck_extension> parse_pck_extension(byte_view der);

/// Finds it in a certificate and reads it. @returns as above; `missing` if it is not there.
result<pck_extension> pck_extension_of(const crypto::certificate& pck);

/// Reads the certificates of a quote's certification data: PEM, maybe with a zero byte behind it,
/// or DER one behind the other.
///
/// @returns one at least, each before its issuer, whatever their order was; `malformed`, also for
/// what is neither a certificate nor
///          white space between or behind them; `too_large` above 8 of them.
result<std::vector<crypto::certificate>> parse_pck_chain(byte_view certification_data);

} // namespace troth::endorsement::intel
