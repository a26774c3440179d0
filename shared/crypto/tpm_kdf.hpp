#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"

#include <cstddef>
#include <string_view>

namespace troth::crypto {

/// Returns the HMAC of the concatenation of `parts`.
/// @see RFC 2104
digest hmac(hash_algorithm algorithm, byte_view key, std::initializer_list<byte_view> parts);

/// Derives `bits`, a multiple of 8, from a symmetric key.
/// @param label without the NUL that is hashed behind it.
/// @see TPM 2.0 Library, Part 1, 11.4.10.2 (KDFa)
bytes kdf_a(hash_algorithm algorithm, byte_view key, std::string_view label, byte_view context_u,
            byte_view context_v, std::size_t bits);

/// Derives `bits`, a multiple of 8, from the x coordinate that ECDH yields. The
/// coordinates are padded to the curve's size.
/// @see TPM 2.0 Library, Part 1, 11.4.10.3 (KDFe)
bytes kdf_e(hash_algorithm algorithm, byte_view z, std::string_view label, byte_view party_u_x,
            byte_view party_v_x, std::size_t bits);

} // namespace troth::crypto
