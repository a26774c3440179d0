#include "shared/crypto/tpm_kdf.hpp"

#include "shared/crypto/hash.hpp"
#include "shared/crypto/signature.hpp"

#include <openssl/hmac.h>

#include <array>

namespace troth::crypto {

namespace {

std::array<std::uint8_t, 4> big_endian(std::size_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

/// Concatenates the blocks that `block` returns for 1, 2, ... until `size` bytes are there.
template <class Block>
bytes concatenate(std::size_t size, Block block) {
  bytes out;
  for (std::size_t counter = 1; out.size() < size; ++counter) {
    const digest next = block(big_endian(counter));
    out.insert(out.end(), next.view().begin(), next.view().end());
  }
  out.resize(size);
  return out;
}

} // namespace

digest hmac(hash_algorithm algorithm, byte_view key, std::initializer_list<byte_view> parts) {
  bytes message;
  for (const auto part : parts)
    message.insert(message.end(), part.begin(), part.end());
  digest out{algorithm};
  const auto to = out.bytes_mut();
  HMAC(message_digest(algorithm), key.data(), static_cast<int>(key.size()), message.data(),
       message.size(), to.data(), nullptr);
  return out;
}

bytes kdf_a(hash_algorithm algorithm, byte_view key, std::string_view label, byte_view context_u,
            byte_view context_v, std::size_t bits) {
  const auto name = to_bytes(label);
  const bytes nul{0};
  return concatenate(bits / 8, [&](const auto& counter) {
    return hmac(algorithm, key, {counter, name, nul, context_u, context_v, big_endian(bits)});
  });
}

bytes kdf_e(hash_algorithm algorithm, byte_view z, std::string_view label, byte_view party_u_x,
            byte_view party_v_x, std::size_t bits) {
  const auto name = to_bytes(label);
  const bytes nul{0};
  return concatenate(bits / 8, [&](const auto& counter) {
    return hash(algorithm, {counter, z, name, nul, party_u_x, party_v_x});
  });
}

} // namespace troth::crypto
