#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/evidence/snp/tcb.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace troth::evidence::snp {

inline constexpr std::size_t report_size = 1184;      ///< Bytes of every version of the report.
inline constexpr std::size_t signed_size = 0x2a0;     ///< What the signature is over.
inline constexpr std::uint32_t ecdsa_p384_sha384 = 1; ///< The one SIGNATURE_ALGO there is.
inline constexpr std::uint32_t newest_version = 5;    ///< Of the report.

/// Bits of POLICY: what the guest's owner lets the host do. The two bytes below them are the
/// ABI version: major above minor.
/// @see AMD 56860, 4.3 Guest Policy
namespace guest_policy {
inline constexpr std::uint64_t smt = 1U << 16;
inline constexpr std::uint64_t reserved_one = 1U << 17; ///< Must be one.
inline constexpr std::uint64_t migrate_ma = 1U << 18;
inline constexpr std::uint64_t debug = 1U << 19;
inline constexpr std::uint64_t single_socket = 1U << 20;
inline constexpr std::uint64_t cxl_allow = 1U << 21;
inline constexpr std::uint64_t mem_aes_256_xts = 1U << 22;
inline constexpr std::uint64_t rapl_dis = 1U << 23;
inline constexpr std::uint64_t ciphertext_hiding_dram = 1U << 24;
inline constexpr std::uint64_t page_swap_disable = 1U << 25;
inline constexpr std::uint64_t known = (1U << 26) - 1; ///< The rest must be zero.
} // namespace guest_policy

/// Bits of PLATFORM_INFO: how the host is set up.
/// @see AMD 56860, 7.3, table ATTESTATION_REPORT, PLATFORM_INFO
namespace platform_info {
inline constexpr std::uint64_t smt_en = 1U << 0;
inline constexpr std::uint64_t tsme_en = 1U << 1;
inline constexpr std::uint64_t ecc_en = 1U << 2;
inline constexpr std::uint64_t rapl_dis = 1U << 3;
inline constexpr std::uint64_t ciphertext_hiding_dram_en = 1U << 4;
inline constexpr std::uint64_t alias_check_complete = 1U << 5;
inline constexpr std::uint64_t tio_en = 1U << 7;
inline constexpr std::uint64_t known = 0xbf;
} // namespace platform_info

/// Which key signed a report.
enum class signing_key : std::uint8_t {
  vcek = 0, ///< Of the chip.
  vlek = 1, ///< Of the cloud provider, loaded into the chip.
  none = 7  ///< Nobody signed.
};

/// A version of the SEV firmware, ordered as versions are.
struct firmware_version {
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  std::uint8_t build = 0;

  friend auto operator<=>(const firmware_version&, const firmware_version&) = default;
};

/// Returns `1.55.21`.
std::string to_string(const firmware_version& version);

/// What the processor says of itself; in reports of version 3 and later.
struct processor {
  std::uint8_t family = 0;
  std::uint8_t model = 0;
  std::uint8_t stepping = 0;
};

/// What a vulnerability's fix is recorded in; in reports of version 5.
struct mitigation_vectors {
  std::uint64_t launch = 0;
  std::uint64_t current = 0;
};

/// ATTESTATION_REPORT: what the secure processor says about a guest. Parsed, not yet
/// authenticated.
struct attestation_report {
  std::uint32_t version = 0;
  std::uint32_t guest_svn = 0;
  std::uint64_t policy = 0;
  std::array<std::uint8_t, 16> family_id{};
  std::array<std::uint8_t, 16> image_id{};
  std::uint32_t vmpl = 0;
  std::uint32_t signature_algorithm = 0;
  tcb_version current_tcb{};
  std::uint64_t platform_info = 0;
  bool author_key_enabled = false;
  bool mask_chip_key = false;
  std::uint8_t signing_key_id = 0; ///< As it stands; see `signing_key`.
  std::array<std::uint8_t, 64> report_data{};
  std::array<std::uint8_t, 48> measurement{};
  std::array<std::uint8_t, 32> host_data{};
  std::array<std::uint8_t, 48> id_key_digest{};
  std::array<std::uint8_t, 48> author_key_digest{};
  std::array<std::uint8_t, 32> report_id{};
  std::array<std::uint8_t, 32> report_id_ma{};
  tcb_version reported_tcb{};
  std::optional<snp::processor> processor;
  std::array<std::uint8_t, 64> chip_id{};
  tcb_version committed_tcb{};
  firmware_version current_version;
  firmware_version committed_version;
  tcb_version launch_tcb{};
  std::optional<mitigation_vectors> mitigations;

  bytes signed_bytes; ///< What the signature is over.
  bytes signature;    ///< r and s, 48 bytes each, big-endian.

  bool is_signed_by(signing_key key) const noexcept {
    return signing_key_id == static_cast<std::uint8_t>(key);
  }
};

/// Returns the product line of the processor that a report names; nothing for one that we do not
/// know, and where the report names none: before version 3.
std::optional<product_line> product_of(const attestation_report& report) noexcept;

/// Parses an attestation report, as MSG_REPORT_RSP and configfs-tsm give it.
///
/// @returns the report; `unsupported` for a version below 2 or above 5 (4 is read as 3);
///          `truncated`, `trailing`; `malformed` where bytes are not zero that must be, those
///          of the signature included, which nobody signed.
/// @note Checks no signature. The bits of policy and platform, the signing key and the
///       signature's algorithm are taken as they are: which are good is for the judge to say.
/// @see AMD 56860, 7.3, table ATTESTATION_REPORT
result<attestation_report> parse_report(byte_view input);

/// Writes what `parse_report` reads: its first `signed_size` bytes are what is to be signed.
/// `signed_bytes` is not looked at; without a signature its bytes are zero.
/// @pre `signature` is empty or has 96 bytes
bytes write_report(const attestation_report& report);

} // namespace troth::evidence::snp
