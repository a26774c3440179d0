#pragma once

#include "shared/base/reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace troth::evidence::sgx {

inline constexpr std::size_t enclave_report_size = 384; ///< Bytes of a REPORT without its MAC.

/// Bits of ATTRIBUTES.FLAGS. The rest must be zero.
/// @see Intel SDM, volume 3D, 34.7.1 ATTRIBUTES
namespace attribute {
inline constexpr std::uint64_t init = 1U << 0;
inline constexpr std::uint64_t debug = 1U << 1;
inline constexpr std::uint64_t mode64bit = 1U << 2;
inline constexpr std::uint64_t provision_key = 1U << 4;
inline constexpr std::uint64_t einittoken_key = 1U << 5;
inline constexpr std::uint64_t cet = 1U << 6;
inline constexpr std::uint64_t kss = 1U << 7;
inline constexpr std::uint64_t aex_notify = 1U << 10;
inline constexpr std::uint64_t known = init | debug | mode64bit | provision_key | einittoken_key
                                       | cet | kss | aex_notify;
} // namespace attribute

/// REPORT: what the processor says about an enclave. Parsed, not yet authenticated.
/// Numbers are little-endian in the report; those of bytes are as they stand there.
struct enclave_report {
  std::array<std::uint8_t, 16> cpu_svn{};
  std::uint32_t misc_select = 0;
  std::array<std::uint8_t, 16> isv_ext_prod_id{};
  std::uint64_t flags = 0; ///< ATTRIBUTES.FLAGS.
  std::uint64_t xfrm = 0;  ///< ATTRIBUTES.XFRM.
  std::array<std::uint8_t, 32> mr_enclave{};
  std::array<std::uint8_t, 32> mr_signer{};
  std::array<std::uint8_t, 64> config_id{};
  std::uint16_t isv_prod_id = 0;
  std::uint16_t isv_svn = 0;
  std::uint16_t config_svn = 0;
  std::array<std::uint8_t, 16> isv_family_id{};
  std::array<std::uint8_t, 64> report_data{};

  friend bool operator==(const enclave_report&, const enclave_report&) = default;
};

/// Takes the 384 bytes of a report. Fails as `truncated`, and as `malformed` where bytes are
/// not zero that must be.
/// @note Attributes are taken as they are: which are good is for the judge to say.
/// @see Intel SDM, volume 3D, 34.14 REPORT; Intel SGX ECDSA QuoteLibReference DCAP API, A.4
enclave_report read_enclave_report(reader& in);

/// Parses a report and nothing behind it.
/// @returns as `read_enclave_report`; `trailing`.
result<enclave_report> parse_enclave_report(byte_view input);

} // namespace troth::evidence::sgx
