#pragma once

#include "shared/base/reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace troth::evidence::tdx {

/// Bits of TD ATTRIBUTES. The lowest eight are TUD: any of them says that the TD is under debug.
/// @see Intel TDX Module Architecture Specification: ABI, ATTRIBUTES
namespace td_attribute {
inline constexpr std::uint64_t debug = 0xff;
inline constexpr std::uint64_t lass = std::uint64_t{1} << 27;
inline constexpr std::uint64_t sept_ve_disable = std::uint64_t{1} << 28;
inline constexpr std::uint64_t migratable = std::uint64_t{1} << 29;
inline constexpr std::uint64_t pks = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kl = std::uint64_t{1} << 31;
inline constexpr std::uint64_t tpa = std::uint64_t{1} << 62;
inline constexpr std::uint64_t perfmon = std::uint64_t{1} << 63;
inline constexpr std::uint64_t known = debug | lass | sept_ve_disable | migratable | pks | kl | tpa
                                       | perfmon;
} // namespace td_attribute

using measurement = std::array<std::uint8_t, 48>; ///< SHA-384.

/// What version 1.5 of the TDX module adds.
struct td_report_15 {
  std::array<std::uint8_t, 16> tee_tcb_svn2{}; ///< Of the module that a TD relaunch would run on.
  measurement mr_service_td{};

  friend bool operator==(const td_report_15&, const td_report_15&) = default;
};

/// What the TDX module says about a trust domain. Parsed, not yet authenticated.
/// Numbers are little-endian in the report.
struct td_report {
  std::array<std::uint8_t, 16> tee_tcb_svn{}; ///< Byte 0: module's SVN; 1: its major version.
  measurement mr_seam{};
  measurement mr_signer_seam{}; ///< Zero: Intel's.
  std::uint64_t seam_attributes = 0;
  std::uint64_t td_attributes = 0;
  std::uint64_t xfam = 0;
  measurement mr_td{};
  measurement mr_config_id{};
  measurement mr_owner{};
  measurement mr_owner_config{};
  std::array<measurement, 4> rtmrs{};
  std::array<std::uint8_t, 64> report_data{};
  std::optional<td_report_15> added; ///< Of a report of TDX 1.5.

  friend bool operator==(const td_report&, const td_report&) = default;
};

/// Which layout a report has.
enum class td_report_layout : std::uint8_t {
  v1_0, ///< 584 bytes.
  v1_5  ///< 648 bytes.
};

/// Returns the bytes of a report of that layout.
constexpr std::size_t td_report_size(td_report_layout layout) noexcept {
  return layout == td_report_layout::v1_0 ? 584 : 648;
}

/// Takes a report. Fails as `truncated`. There are no reserved bytes in it.
/// @note Attributes are taken as they are: which are good is for the judge to say.
/// @see Intel TDX DCAP Quoting Library API, A.3.2 TD Quote Body
td_report read_td_report(reader& in, td_report_layout layout);

} // namespace troth::evidence::tdx
