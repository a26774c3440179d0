#pragma once

#include "actors/tls_key_wish.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/key.hpp"
#include "shared/protocol/messages.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troth::actors {

/// A TLS key of this machine: certified, and of use.
struct tls_key_record {
  std::string id; ///< A UUID. Stays the same when the key is rotated.
  tls_key_wish as;
  time_point created;                              ///< When this very key was made.
  protocol::anchor_key in_tpm = {};                ///< Of kind `tpm`; else empty.
  std::optional<crypto::private_key> in_file = {}; ///< Of kind `sw`.
  std::vector<crypto::certificate> chain = {};     ///< The key's own first.
};

inline constexpr std::size_t max_tls_key_bytes = std::size_t{256} * 1024; ///< Of its file.

/// Returns the public half of a key in a TPM.
/// @returns `malformed`, `unsupported` as `evidence::tpm::parse_public_area`.
result<crypto::public_key> public_half_of(const protocol::anchor_key& key);

/// Reads what the EST server said of a key.
/// @returns `malformed` if it is no chain of certificates, or not of that key.
result<std::vector<crypto::certificate>> read_tls_chain(std::string_view pem,
                                                        const crypto::public_key& key);

/// Writes a key with its private half, JSON: for a file of mode 0600 only.
bytes write_tls_key(const tls_key_record& key);

/// Reads it.
/// @returns `unknown_key` for a member that is none of ours, `missing`; `conflict` for another id;
///          `malformed` for what is no key, or one that its certificate is not about; as
///          `codec::parse_json` and `check_tls_key_wish`. No error tells what is in the file.
result<tls_key_record> read_tls_key(byte_view content, const std::string& id);

/// Writes what may be known of keys: `{"keys": [{"id", "kind", "algorithm", "commonName",
/// "dnsNames", "ipAddresses", "owner", "created", "notAfter"}]}`.
std::string describe_tls_keys(const std::vector<const tls_key_record*>& keys);

/// Returns the PEM of a key's certificate and its chain.
std::string pem_of(const std::vector<crypto::certificate>& chain);

/// Makes a UUID of 16 random bytes.
/// @see RFC 9562, section 5.4 (version 4)
std::string make_uuid(byte_view random);

/// Returns whether `text` is one, in lower case.
bool is_uuid(std::string_view text) noexcept;

} // namespace troth::actors
