#pragma once

#include "shared/appraisal/policy.hpp"
#include "shared/report/metadata.hpp"

#include <cstdint>
#include <string_view>

namespace troth::appraisal {

/// Whether a manifest may give reference values for a register.
///
/// Where the policy has an authority, that alone says it, and a manifest it does not name may
/// speak for nothing. Else a layer speaks for what is above the firmware, and the root manifest
/// for all: the firmware's are PCR 0 to 3, 6 and 7, MRTD, RTMR0 and MRSEAM, and all that SNP and
/// SGX measure.
///
/// @param anchor `TPM`, `TDX` and so on.
bool may_speak_for(const report::manifest& manifest, std::string_view anchor,
                   std::uint64_t register_index, const policy& rules);

/// Whether it is the root manifest: its own only base layer.
bool is_root(const report::manifest& manifest);

} // namespace troth::appraisal
