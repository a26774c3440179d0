#pragma once

#include "shared/crypto/key.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troth::crypto {

/// A public key as a JSON Web Key names it, and the one algorithm it is used with.
struct named_key {
  std::string id; ///< `kid`.
  public_key key;
  signature_algorithm algorithm;
};

/// Returns the SHA-256 thumbprint of a key, base64url; empty for a key of kind `other`.
/// @see RFC 7638, section 3
std::string thumbprint(const public_key& key);

/// Writes a JWK set. @pre no key is of kind `other`
/// @see RFC 7517, section 5
std::string write_jwks(std::span<const named_key> keys);

/// Reads a JWK set, or a single JWK. Keys of a type, curve, size or algorithm unknown to us, or not
/// for signatures, are passed over; one without a `kid` gets its thumbprint as one.
/// @returns the keys, at least one, no `id` twice; `malformed`, also for a private key and for
///          coordinates that are not on the curve; `unsupported` or `missing` if no key is left;
///          `conflict` for an id twice; `too_large`.
/// @see RFC 7517, sections 4 and 5; RFC 7518, section 6; RFC 8037, section 2
result<std::vector<named_key>> parse_jwks(std::string_view text);

} // namespace troth::crypto
