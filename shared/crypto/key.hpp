#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;    // OpenSSL's EVP_PKEY
struct X509_pubkey_st; // OpenSSL's X509_PUBKEY

namespace troth::crypto {

enum class key_kind : std::uint8_t {
  rsa2048 = 1,
  rsa3072,
  rsa4096,
  p256,
  p384,
  p521,
  ed25519,
  other
};

/// A public key. Cheap to copy.
class public_key {
public:
  /// Reads a DER SubjectPublicKeyInfo and nothing behind it.
  /// @returns `malformed`, `trailing`.
  static result<public_key> from_der(byte_view spki);

  /// Reads one PEM `PUBLIC KEY` block. @returns `malformed`, `trailing`.
  static result<public_key> from_pem(std::string_view pem);

  /// Makes one of the coordinates of a point, big-endian, padded or not.
  /// @returns `malformed` if it is not on the curve, `unsupported` for another kind.
  static result<public_key> from_ec_point(key_kind curve, byte_view x, byte_view y);

  /// Makes one of modulus and exponent, big-endian.
  /// @returns `malformed` if either is even or none, `too_large` above 16384 bits.
  static result<public_key> from_rsa(byte_view modulus, std::uint32_t exponent);

  /// Takes a key out of a certificate or a CSR. For this room only. One that OpenSSL
  /// does not know becomes one of kind `other`, which verifies nothing.
  /// @returns `malformed` for a point that is not on its curve.
  static result<public_key> from_x509(X509_pubkey_st* key);

  /// Whether a key is a point on one of the curves of `key_kind`, as far as it says. For this
  /// room only.
  static bool is_point(X509_pubkey_st* key);

  /// Checks a signature.
  ///
  /// @param signature ECDSA: r and s, each of the curve's size, big-endian; RSA:
  ///        as long as the modulus.
  /// @returns `bad_signature`; `unsupported` if the key is of another scheme;
  ///          `weak` for SHA-1 and for RSA below 2048 bits.
  result<void> verify(signature_algorithm algorithm, byte_view message, byte_view signature) const;

  key_kind kind() const noexcept;
  bytes der() const;                 ///< SubjectPublicKeyInfo.
  std::string pem() const;           ///< One `PUBLIC KEY` block.
  bytes ec_point() const;            ///< 04, x, y; empty if it is not on a curve named above.
  evp_pkey_st* get() const noexcept; ///< For this room only; null if OpenSSL knows no such key.

  friend bool operator==(const public_key& a, const public_key& b);

private:
  struct parts;
  friend class private_key;
  explicit public_key(std::shared_ptr<const parts> of);
  std::shared_ptr<const parts> parts_;
};

/// Returns `P-256`, `RSA-2048` and the like.
std::string_view name(key_kind kind) noexcept;

/// Returns what a key of that kind signs with when nobody says: ES256 for P-256, PS256 for RSA and
/// so on.
signature_algorithm default_algorithm(key_kind kind) noexcept;

/// A private key in this process's memory. Never printed, never sent.
class private_key {
public:
  /// @returns `unsupported` for `other`.
  static result<private_key> generate(key_kind kind);

  /// Reads an unencrypted PKCS#8 or SEC1 PEM block.
  /// @returns `malformed`; `unsupported` for a key of another kind than `key_kind` names.
  static result<private_key> from_pem(std::string_view pem);

  /// Signs as `public_key::verify` reads it.
  /// @returns `unsupported` if the key is of another scheme, `weak` for SHA-1.
  result<bytes> sign(signature_algorithm algorithm, byte_view message) const;

  /// Signs what was hashed already, as TLS 1.3 carries it: ECDSA in DER, or RSASSA-PSS whose salt
  /// is as long as the digest.
  /// @returns `unsupported` for a key of Ed25519, `weak` for SHA-1.
  /// @see RFC 8446, section 4.2.3
  result<bytes> sign_for_tls(const digest& of) const;

  /// Returns what a key of this kind signs with when nobody says.
  signature_algorithm default_algorithm() const;

  public_key public_half() const;
  std::string pem() const; ///< PKCS#8, unencrypted: for a file of mode 0600 only.
  evp_pkey_st* get() const noexcept { return key_.get(); } ///< For this room only.

private:
  private_key(std::shared_ptr<evp_pkey_st> key, public_key half);
  std::shared_ptr<evp_pkey_st> key_;
  public_key public_;
};

} // namespace troth::crypto
