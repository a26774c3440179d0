#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"

#include <initializer_list>

namespace troth::crypto {

/// Hashes the concatenation of `parts`.
digest hash(hash_algorithm algorithm, std::initializer_list<byte_view> parts);

inline digest hash(hash_algorithm algorithm, byte_view input) {
  return hash(algorithm, {input});
}

/// Makes `pcr` the hash of its old value followed by `value`: one extend.
/// @see TPM 2.0 Library, Part 1, 17.3 (Extend of a PCR)
void extend(digest& pcr, byte_view value);

} // namespace troth::crypto
