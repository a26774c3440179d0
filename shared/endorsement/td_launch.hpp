#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"
#include "shared/evidence/ovmf/image.hpp"

#include <cstdint>

// What a TDX module will say of a trust domain's first memory, computed of the firmware that a
// hypervisor loads into it.

namespace troth::endorsement {

/// In which order pages are added to a trust domain, and what they hold is measured.
enum class page_order : std::uint8_t {
  page_by_page,
  section_by_section, ///< First all pages of a section are added: out-of-tree kernels did.
};

/// Computes MRTD: SHA-384.
/// @returns `unsupported` if the image has measured what only the hypervisor knows, or a part of
///          which it does not hold; what `parse_tdx_sections` returns.
/// @see Intel TDX Module Base Specification: Measurement and Attestation (MRTD)
result<digest> td_launch_digest(const evidence::ovmf::image& of, page_order order);

} // namespace troth::endorsement
