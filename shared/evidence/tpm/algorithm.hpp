#pragma once

#include "shared/base/algorithm.hpp"

#include <cstdint>
#include <optional>

namespace troth::evidence::tpm {

/// TPM_ALG_ID: numbers that TPM structures and TCG event logs name algorithms with.
/// @see TCG Algorithm Registry, table 3
namespace alg {
inline constexpr std::uint16_t rsa = 0x0001;
inline constexpr std::uint16_t sha1 = 0x0004;
inline constexpr std::uint16_t aes = 0x0006;
inline constexpr std::uint16_t mgf1 = 0x0007;
inline constexpr std::uint16_t sha256 = 0x000B;
inline constexpr std::uint16_t sha384 = 0x000C;
inline constexpr std::uint16_t sha512 = 0x000D;
inline constexpr std::uint16_t null = 0x0010;
inline constexpr std::uint16_t sm3_256 = 0x0012;
inline constexpr std::uint16_t sm4 = 0x0013;
inline constexpr std::uint16_t rsassa = 0x0014;
inline constexpr std::uint16_t rsaes = 0x0015;
inline constexpr std::uint16_t rsapss = 0x0016;
inline constexpr std::uint16_t oaep = 0x0017;
inline constexpr std::uint16_t ecdsa = 0x0018;
inline constexpr std::uint16_t ecdh = 0x0019;
inline constexpr std::uint16_t kdf1_sp800_56a = 0x0020;
inline constexpr std::uint16_t kdf2 = 0x0021;
inline constexpr std::uint16_t kdf1_sp800_108 = 0x0022;
inline constexpr std::uint16_t ecc = 0x0023;
inline constexpr std::uint16_t camellia = 0x0026;
inline constexpr std::uint16_t sha3_256 = 0x0027;
inline constexpr std::uint16_t sha3_384 = 0x0028;
inline constexpr std::uint16_t sha3_512 = 0x0029;
} // namespace alg

/// Returns the hash function that `id` names; nothing for any we do not compute.
constexpr std::optional<hash_algorithm> hash_from_id(std::uint16_t id) noexcept {
  switch (id) {
  case alg::sha1:
    return hash_algorithm::sha1;
  case alg::sha256:
    return hash_algorithm::sha256;
  case alg::sha384:
    return hash_algorithm::sha384;
  case alg::sha512:
    return hash_algorithm::sha512;
  default:
    return std::nullopt;
  }
}

/// Returns the TPM_ALG_ID of `algorithm`.
constexpr std::uint16_t id_from_hash(hash_algorithm algorithm) noexcept {
  switch (algorithm) {
  case hash_algorithm::sha1:
    return alg::sha1;
  case hash_algorithm::sha256:
    return alg::sha256;
  case hash_algorithm::sha384:
    return alg::sha384;
  case hash_algorithm::sha512:
    return alg::sha512;
  }
  return alg::null;
}

} // namespace troth::evidence::tpm
