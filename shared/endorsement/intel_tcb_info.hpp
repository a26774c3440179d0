#pragma once

#include "shared/base/result.hpp"
#include "shared/endorsement/intel_statement.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troth::endorsement::intel {

/// How good a TCB is. The last two are never Intel's word on a level, but what follows from
/// several. Zero refuses.
enum class tcb_status : std::uint8_t {
  revoked,
  out_of_date,
  out_of_date_configuration_needed,
  configuration_needed,
  configuration_and_sw_hardening_needed,
  sw_hardening_needed,
  up_to_date,
  td_relaunch_advised,
  td_relaunch_advised_configuration_needed
};

/// Returns Intel's name, e.g. `UpToDate`.
std::string_view name(tcb_status status) noexcept;

/// Reads what `name` returns, to the letter. @returns `malformed`.
result<tcb_status> parse_tcb_status(std::string_view text);

/// What Intel says of a TCB that is at this level at least.
struct tcb_rating {
  tcb_status status = tcb_status::revoked;
  time_point date; ///< When this level was the newest.
  std::vector<std::string> advisories;

  friend bool operator==(const tcb_rating&, const tcb_rating&) = default;
};

/// A level of a platform.
struct tcb_level {
  std::array<std::uint8_t, 16> sgx_components{};
  std::uint16_t pce_svn = 0;
  std::array<std::uint8_t, 16> tdx_components{}; ///< Of TCB info for TDX.
  tcb_rating rating;

  friend bool operator==(const tcb_level&, const tcb_level&) = default;
};

/// A level of an enclave or a TDX module.
struct svn_level {
  std::uint16_t isv_svn = 0;
  tcb_rating rating;

  friend bool operator==(const svn_level&, const svn_level&) = default;
};

/// What a TDX module must be.
struct tdx_module {
  std::string id; ///< `TDX_01`; of the one that has none: `tdxModule`.
  std::array<std::uint8_t, 48> mr_signer{};
  std::uint64_t attributes = 0; ///< Of SEAMATTRIBUTES, little-endian.
  std::uint64_t attributes_mask = 0;
  std::vector<svn_level> levels; ///< In the order of the file; empty for `tdxModule`.

  friend bool operator==(const tdx_module&, const tdx_module&) = default;
};

/// What TCB info is about.
struct tcb_info_head : statement_head {
  std::array<std::uint8_t, 6> fmspc{};
  std::array<std::uint8_t, 2> pce_id{};

  friend bool operator==(const tcb_info_head&, const tcb_info_head&) = default;
};

/// The TCB levels of all platforms of one FMSPC.
struct tcb_info : tcb_info_head {
  std::optional<tdx_module> module;   ///< For TDX: of version 1.0.
  std::vector<tdx_module> identities; ///< For TDX: of later versions.
  std::vector<tcb_level> levels;      ///< In the order of the file: the first that fits counts.

  friend bool operator==(const tcb_info&, const tcb_info&) = default;
};

/// Reads what a TCB info is about, and not its levels.
/// @returns as `parse_tcb_info`.
result<tcb_info_head> parse_tcb_info_head(std::string_view body);

/// Reads the value of `tcbInfo`: version 2 for SGX, version 3 for SGX or TDX.
///
/// @returns the TCB info; `unsupported` for another version, id or TCB type; `missing`;
///          `malformed` for a wrong type or size, and unless there are exactly 16 components of
///          each kind; `too_large` for an SVN above what its field holds; what
///          `codec::parse_json` returns.
/// @note Members that we do not know are passed over. Checks no signature and no date.
/// @see Intel PCS API v4, TCB Info V3; API v3, TCB Info V2
result<tcb_info> parse_tcb_info(std::string_view body);

/// What Intel's own enclaves must be: the quoting enclave of SGX or of TDX.
struct enclave_identity : statement_head {
  std::uint32_t misc_select = 0; ///< Little-endian, as in an enclave's report.
  std::uint32_t misc_select_mask = 0;
  std::uint64_t flags = 0; ///< ATTRIBUTES.FLAGS.
  std::uint64_t flags_mask = 0;
  std::uint64_t xfrm = 0; ///< ATTRIBUTES.XFRM.
  std::uint64_t xfrm_mask = 0;
  std::array<std::uint8_t, 32> mr_signer{};
  std::uint16_t isv_prod_id = 0;
  std::vector<svn_level> levels; ///< In the order of the file.

  friend bool operator==(const enclave_identity&, const enclave_identity&) = default;
};

/// Reads the value of `enclaveIdentity`, version 2. @returns as `parse_tcb_info`.
/// @see Intel PCS API v4, Enclave Identity V2
result<enclave_identity> parse_enclave_identity(std::string_view body);

} // namespace troth::endorsement::intel
