#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstdint>

namespace troth::evidence::ima {

/// What a file's security.ima says of the signature in it. Parsed, not verified.
/// @note The views are into the bytes that were parsed.
struct file_signature {
  std::uint8_t type;    ///< 3 over the file's digest, 6 over that of fs-verity.
  std::uint8_t version; ///< 2 over the digest, 3 over an ima_file_id with it.
  std::uint8_t hash_id; ///< HASH_ALGO of the kernel: 2 SHA-1, 4 SHA-256, 5 SHA-384, 6 SHA-512.
  byte_view key_id;     ///< The last 4 bytes of the key's subjectKeyIdentifier.
  std::uint16_t declared_size; ///< What the header says `value` has.
  byte_view value;             ///< RSA PKCS#1 v1.5, or ECDSA in DER.

  /// Returns whether the header told the truth; if not the signature is to be refused.
  bool is_size_consistent() const noexcept { return declared_size == value.size(); }
};

/// Parses the signature field of an entry (`template_fields::signature`).
/// @returns the signature; `truncated`; `unsupported` for another kind of security.ima.
/// @see Linux, security/integrity/integrity.h (signature_v2_hdr)
result<file_signature> parse_file_signature(byte_view field);

} // namespace troth::evidence::ima
