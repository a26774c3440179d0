#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace troth::crypto {

using seal_key = std::array<std::uint8_t, 32>;

/// What a sealed message is longer than its content: the IV and the tag.
inline constexpr std::size_t seal_overhead = 12 + 16;

/// Encrypts `content` so that `open` gives it back only unchanged, under the same key and
/// beside the same `associated` data, which is not encrypted.
///
/// @returns IV, ciphertext and tag: AES-256-GCM with a random IV, so at most 2^32 messages
///          under one key.
/// @see NIST SP 800-38D
result<bytes> seal(const seal_key& key, byte_view content, byte_view associated);

/// @returns what was sealed; `truncated` below `seal_overhead` bytes; `bad_signature` if
///          the message, the associated data or the key is another.
result<bytes> open(const seal_key& key, byte_view sealed, byte_view associated);

/// Compares two secrets in a time that depends on their sizes only.
bool equal_secrets(byte_view a, byte_view b) noexcept;

} // namespace troth::crypto
