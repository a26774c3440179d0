#pragma once

#include "shared/device/anchor.hpp"
#include "shared/device/intel_source.hpp"

#include <filesystem>
#include <memory>

namespace troth::device {

/// Makes the anchor of an SGX enclave or a TDX trust domain.
///
/// @param ccel the event log of a TD, as the ACPI table gives it; empty: there is none, and the
///        reference values must tell what the registers hold.
/// @param are left out: the source is not asked for collateral.
/// @note Its evidence is the quote; its collateral what Intel says of the platform, and the log.
std::unique_ptr<anchor> make_intel_anchor(intel_tee tee, std::unique_ptr<intel_source> source,
                                          std::filesystem::path ccel,
                                          endorsements are = endorsements::carried);

} // namespace troth::device
