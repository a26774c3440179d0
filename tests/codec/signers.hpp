#pragma once

#include "shared/codec/signed_message.hpp"

namespace troth::testing {

/// Returns a signer whose signature says how many bytes it was given, and is `size` long.
inline codec::signer fake_signer(signature_algorithm algorithm, std::size_t size,
                                 std::vector<bytes> certificates = {}) {
  return {algorithm, std::move(certificates), [size](byte_view signed_bytes) -> result<bytes> {
            return bytes(size, static_cast<std::uint8_t>(signed_bytes.size()));
          }};
}

inline constexpr signature_algorithm es256 = {signature_scheme::ecdsa, hash_algorithm::sha256};

} // namespace troth::testing
