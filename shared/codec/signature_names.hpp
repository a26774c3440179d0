#pragma once

#include "shared/base/algorithm.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troth::codec {

/// What JOSE and COSE call a way to sign.
struct signature_name {
  std::string_view jose; ///< RFC 7518, section 3.1, without HMAC and none; RFC 8037, section 3.1.
  std::int64_t cose;     ///< RFC 9053, section 2; RFC 8812, section 2; RFC 8230, section 2.
  signature_algorithm algorithm;
  std::size_t signature_size; ///< In JOSE, in bytes; 0: the key's.

  bool fits(std::size_t size) const noexcept {
    return signature_size == 0 ? size != 0 : size == signature_size;
  }
};

/// Returns how an algorithm is called; null if neither has a name for it. For EdDSA the hash does
/// not count.
const signature_name* name_of(signature_algorithm algorithm) noexcept;

/// Finds `ES256` and the like, to the letter; null for all else.
const signature_name* find_jose(std::string_view name) noexcept;

/// Finds -7 and the like; null for all else.
const signature_name* find_cose(std::int64_t number) noexcept;

} // namespace troth::codec
