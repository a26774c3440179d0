#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/evidence/ovmf/image.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// What an SNP processor will say of a guest's first memory, computed of the firmware that a
// hypervisor loads into it. It also depends on how the hypervisor does that.

namespace troth::endorsement {

/// Hypervisors start the same guest with different registers and pages.
enum class hypervisor : std::uint8_t { qemu, ec2, gce };

/// What a hypervisor boots without a loader. Views must outlive the call.
struct direct_boot {
  byte_view kernel;
  byte_view initrd;
  std::string_view command_line;
};

/// How a guest of SEV-SNP is started.
struct snp_launch {
  hypervisor by = hypervisor::qemu;
  std::size_t processors = 1;
  std::uint32_t processor_signature = 0; ///< CPUID 1 EAX, of QEMU's guests only.
  std::uint64_t guest_features = 1;      ///< SEV_FEATURES: SNP alone.
  std::optional<direct_boot> boots;
};

inline constexpr std::size_t max_processors = 4096;

/// Returns the signature of a processor by QEMU's name for it: `EPYC-Milan`, `EPYC-v4`.
/// @returns `unsupported` for others.
result<std::uint32_t> processor_signature(std::string_view name);

/// Computes MEASUREMENT of the attestation report: SHA-384.
/// @returns `missing` if the image lacks what the launch needs: the address of further processors,
///          the place of the hashes; `malformed` if that place contradicts the metadata, or for no
///          processors; `too_large` for over `max_processors`; what `parse_snp_sections` returns.
/// @see AMD SEV-SNP Firmware ABI, 8.17 (SNP_LAUNCH_UPDATE, PAGE_INFO); QEMU, target/i386/sev.c
result<digest> snp_launch_digest(const evidence::ovmf::image& of, const snp_launch& how);

} // namespace troth::endorsement
