#pragma once

#include "shared/device/esys.hpp"
#include "shared/device/tpm.hpp"

namespace troth::device::esys {

/// @see `tpm::quote`
result<signed_quote> quote(const connection& at, const handle& key, byte_view nonce,
                           const pcr_set& pcrs);

/// @see `tpm::read_pcrs`
result<std::vector<digest>> read_pcrs(const connection& at, const pcr_set& pcrs);

/// @see `tpm::active_banks`
result<std::vector<hash_algorithm>> active_banks(const connection& at);

/// @see `tpm::extend`
result<void> extend(const connection& at, std::uint32_t pcr, const std::vector<digest>& values);

} // namespace troth::device::esys
