#pragma once

#include "shared/base/bytes.hpp"
#include "shared/evidence/azure/runtime_data.hpp"

#include <string_view>

// Writes what a paravisor writes: for simulated ones, and for tests.

namespace troth::evidence::azure {

/// Writes runtime data around claims. @see `parse_runtime_data`
bytes write_runtime_data(hardware on, std::string_view claims);

/// Writes an HCL report, version 2.
/// @param hardware_report at most `hardware_report_size` bytes; zeros fill it up.
/// @see `parse_hcl_report`
bytes write_hcl_report(byte_view hardware_report, byte_view runtime_data);

} // namespace troth::evidence::azure
