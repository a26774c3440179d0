#pragma once

#include "shared/device/esys.hpp"

#include <cstdint>

namespace troth::device::esys {

/// @see `tpm::read_nv`
result<bytes> read_nv(const connection& at, std::uint32_t index);

/// @see `tpm::write_nv`
result<void> write_nv(const connection& at, std::uint32_t index, byte_view content);

} // namespace troth::device::esys
