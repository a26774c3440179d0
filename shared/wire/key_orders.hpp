#pragma once

#include "shared/base/result.hpp"
#include "shared/protocol/messages.hpp"

#include <cstddef>
#include <string>
#include <string_view>

// What is asked of TLS keys over REST: docs/rest.md.

namespace troth::wire {

/// How large the body of an order for a key can be.
inline constexpr std::size_t max_key_order_bytes = std::size_t{64} * 1024;

/// Reads `{"type", "algorithm", "commonName"?, "dnsNames"?, "ipAddresses"?}` as a request to
/// `create`.
/// @returns `missing`, `malformed`, `unknown_key`, `too_large`; what `codec::parse_json` returns.
result<protocol::tls_key_request> read_key_order(std::string_view body);

/// Writes what `read_key_order` reads.
std::string write_key_order(const protocol::tls_key_request& from);

/// Reads `{"hash", "digest"}` as a request to `sign`, whose key is left open.
/// @returns `missing`, `malformed`, `unknown_key`, and as `members::parse`.
result<protocol::tls_key_request> read_signature_order(std::string_view body);

/// Writes what `read_signature_order` reads.
std::string write_signature_order(const protocol::tls_key_request& from);

/// Checks that a signature is asked for of the digest of one hash function, and of nothing else.
/// @returns `missing` for none; `unsupported` for another hash than SHA-256, SHA-384 and SHA-512;
///          `malformed` for a digest of another length.
result<void> check_signature_order(const protocol::tls_key_request& asked);

} // namespace troth::wire
