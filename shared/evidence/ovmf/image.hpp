#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace troth::evidence::ovmf {

/// What a range of an SNP guest's memory is before it starts. The values are the image's own.
enum class snp_section_kind : std::uint32_t {
  memory = 1, ///< Zeros.
  secrets = 2,
  cpuid = 3,
  calling_area = 4, ///< Of an SVSM: zeros.
  kernel_hashes = 0x10,
};

struct snp_section {
  std::uint32_t address = 0;
  std::uint32_t size = 0; ///< Whole pages.
  snp_section_kind kind{};
};

/// What a range of a trust domain's memory is before it starts. The values are the image's own.
enum class tdx_section_kind : std::uint32_t {
  boot_firmware = 0,
  configuration = 1,
  hand_off_block = 2, ///< The hypervisor fills it.
  temporary_memory = 3,
  permanent_memory = 4,
};

struct tdx_section {
  std::uint64_t address = 0;
  std::uint64_t size = 0; ///< Whole pages.
  byte_view content;      ///< Of the image, no longer than `size`.
  tdx_section_kind kind{};
  bool is_measured = false; ///< MR.EXTEND: its content, not only its place.
  bool is_later = false;    ///< PAGE.AUG: it is not there when the domain starts.
};

/// A virtual machine's firmware as the build of OVMF makes it, and what its tables say of how a
/// hypervisor loads it. Views point into the input. The image ends at 4 GiB.
struct image {
  byte_view content;
  std::optional<std::uint32_t> reset_address;  ///< Where processors but the first start (SEV-ES).
  std::optional<std::uint32_t> hashes_address; ///< Of the table of hashes of what is booted.
  std::optional<std::uint32_t> snp_metadata;   ///< Where it is, from the image's end. Likewise:
  std::optional<std::uint32_t> tdx_metadata;

  /// Returns where its first byte is in the machine's memory.
  std::uint64_t address() const { return (std::uint64_t{1} << 32U) - content.size(); }
};

inline constexpr std::size_t page_size = 4096;
inline constexpr std::size_t max_image = std::size_t{64} * 1024 * 1024;
inline constexpr std::size_t max_sections = 64;
inline constexpr std::uint64_t max_section_bytes = max_image;

/// Parses an image.
/// @returns it; `truncated` for less than a page; `malformed` for what has no table of GUIDs, is
///          not of whole pages or contradicts itself; `too_large` above the limit.
/// @note Entries of the table that are not known are passed over. What the metadata say is for
///       those below.
/// @see edk2, OvmfPkg/ResetVector: the table of GUIDs
result<image> parse_image(byte_view input);

/// Parses what an image says of how an SNP guest is started.
/// @returns the sections in their order; `missing` without metadata for it; `malformed` for what
///          contradicts itself; `too_large` above the limits; `unsupported` for versions and kinds
///          of sections that are not known; `truncated`.
/// @see edk2, OvmfPkg/ResetVector: OvmfSevMetadata
result<std::vector<snp_section>> parse_snp_sections(const image& of);

/// Likewise for a trust domain.
/// @see Intel TDX Virtual Firmware Design Guide, 11 (metadata)
result<std::vector<tdx_section>> parse_tdx_sections(const image& of);

} // namespace troth::evidence::ovmf
