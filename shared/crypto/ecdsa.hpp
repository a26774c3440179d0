#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"
#include "shared/crypto/openssl.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace troth::crypto {

/// Returns the size of a coordinate of `kind` in bytes; 0 if it is not a NIST curve of ours.
std::size_t coordinate_size(key_kind kind) noexcept;

/// A point on one of the NIST curves, ready to verify with.
class ecdsa_key {
public:
  /// Reads a point as X9.62 encodes it, compressed or not.
  /// @returns `malformed` if it is not on the curve or is the point at infinity.
  static result<ecdsa_key> from_point(key_kind curve, byte_view point);

  /// Returns whether this key signed `digest`.
  /// @pre `r` and `s` have the curve's size
  bool verify(byte_view digest, byte_view r, byte_view s) const;

  const bytes& point() const noexcept { return point_; } ///< Uncompressed, 04 in front.
  openssl::pkey evp() const;                             ///< The same key as an EVP_PKEY.

private:
  struct p384_point; // nettle's

  ecdsa_key(bytes point, std::shared_ptr<const EC_KEY> key, std::shared_ptr<const p384_point> fast);

  bytes point_;
  std::shared_ptr<const EC_KEY> key_;
  std::shared_ptr<const p384_point> p384_; // for that curve only
};

/// Writes r and s, big-endian, padded or not, as DER.
/// @see RFC 3279, section 2.2.3 (Ecdsa-Sig-Value)
bytes ecdsa_der_from_raw(byte_view r, byte_view s);

/// Turns the DER that OpenSSL writes into r and s, each of `coordinate` bytes.
/// @returns nothing if `der` is no such signature.
std::optional<bytes> ecdsa_raw_from_der(byte_view der, std::size_t coordinate);

} // namespace troth::crypto
