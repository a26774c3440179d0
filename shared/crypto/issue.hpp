#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/key.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troth::crypto {

/// Whom a certificate is about. At most 64 characters each, UTF-8; empty: left out.
struct distinguished_name {
  std::string common_name;
  std::string organization;
};

/// Bits of the keyUsage extension, by their number.
/// @see RFC 5280, section 4.2.1.3
enum class key_usage : std::uint8_t {
  digital_signature = 0,
  key_encipherment = 2,
  key_agreement = 4,
  certificate_sign = 5,
  crl_sign = 6
};

/// That a certificate is a CA's, and how many CAs may be below it.
struct authority {
  std::optional<unsigned> path_length; ///< None: any number.
};

/// What a certificate is to say.
struct certificate_content {
  distinguished_name subject;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses; ///< In text, of either version.
  std::vector<std::string> uris;
  std::vector<key_usage> key_usages;            ///< Empty: no such extension.
  std::vector<std::string> extended_key_usages; ///< Dotted OIDs; empty: no such extension.
  std::optional<authority> ca;                  ///< None: an end entity.
  time_point not_before;
  time_point not_after;
  bytes serial; ///< 1 to 20 bytes, big-endian, positive; empty: 16 bytes of OpenSSL's randomness.
  std::vector<extension> more;                    ///< Taken as they are.
  std::optional<signature_algorithm> signed_with; ///< None: what fits the CA's key.
};

/// Makes a certificate that vouches for itself.
///
/// @returns `malformed` for a name, address, OID, serial number or period that cannot
///          be; `unsupported` for a key that OpenSSL does not know, or that does not sign so.
/// @note subject and authority key identifiers are added; basicConstraints and keyUsage
///       are critical, and so are the alternative names of an empty subject. The hash is
///       the one that fits the CA's key: ES256, ES384, RS256 and so on.
/// @see RFC 5280, section 4
result<certificate> self_sign(const certificate_content& content, const private_key& key);

/// Makes a certificate for `key`, signed by a CA.
///
/// @returns as `self_sign`; `conflict` if `ca_key` is not the key of `ca`; `forbidden` if
///          `ca` is not a CA.
/// @note Not checked: that `ca` is valid, trusted, or may have CAs below it.
result<certificate> issue(const certificate_content& content, const public_key& key,
                          const certificate& ca, const private_key& ca_key);

/// What a revocation list is to say.
struct revocation_content {
  std::vector<bytes> serials; ///< Of the certificates that are taken back: big-endian.
  time_point this_update;
  time_point next_update;
  std::optional<signature_algorithm> signed_with; ///< None: what fits the CA's key.
};

/// Makes a revocation list of a CA, as DER.
/// @returns `conflict` if `ca_key` is not the key of `ca`; `malformed`, `unsupported` as
///          `self_sign`.
/// @see RFC 5280, section 5
result<bytes> issue_revocation_list(const revocation_content& content, const certificate& ca,
                                    const private_key& ca_key);

} // namespace troth::crypto
