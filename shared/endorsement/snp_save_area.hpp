#pragma once

#include "shared/endorsement/snp_launch.hpp"

#include <array>
#include <cstdint>

namespace troth::endorsement {

using guest_page = std::array<std::uint8_t, evidence::ovmf::page_size>;

/// Where the first processor of every machine starts.
inline constexpr std::uint32_t first_reset_address = 0xfffffff0;

/// Returns the registers with which a hypervisor starts a processor, as the page that is measured
/// has them: the VMSA.
/// @param reset_address where it starts.
/// @see AMD64 Architecture Programmer's Manual, volume 2, table B-4
guest_page snp_save_area(const snp_launch& how, std::uint32_t reset_address);

} // namespace troth::endorsement
