#pragma once

#include "shared/report/component.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace troth::endorsement {

/// Returns the register that a reference value of this trust anchor is of: `TPM`: a PCR, 0 to 23.
/// `TDX`: a CC measurement register, 0 to 5, the last being MRSEAM. 0 where there are no registers:
/// `SNP`, `SGX`, `SW`.
/// @returns nothing for another trust anchor, or a register that it has not.
/// @see UEFI 2.10, section 38.4.1, for TDX
std::optional<std::uint64_t> register_of(std::string_view trust_anchor,
                                         const report::component& value);

} // namespace troth::endorsement
