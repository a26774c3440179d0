#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <functional>
#include <string>
#include <string_view>

struct ssl_ctx_st; // OpenSSL's SSL_CTX

// A TLS key that is not in this process: who holds it is asked for a signature in each handshake.

namespace troth::client {

/// Signs a digest with a key that is elsewhere: ECDSA in DER, or RSASSA-PSS whose salt is as long
/// as the digest. Any thread may call it, several at a time.
using remote_signer = std::function<result<bytes>(hash_algorithm, byte_view digest)>;

/// What a TLS context is to show and to sign with.
struct remote_key {
  std::string_view chain; ///< PEM, the leaf first: its key is the one elsewhere.
  remote_signer sign;
  /// Called with the reason for each handshake that fails for want of a signature, from the thread
  /// of that handshake; none: nobody is told.
  std::function<void(const error&)> on_failure = {};
  /// Asked for the chain anew by the next handshake once a signature was none of its key, as when
  /// the key was rotated. From any thread, one at a time; none: the chain stays.
  std::function<result<std::string>()> renew = {};
};

/// Has all connections of a TLS context, of a client or a server, show that certificate and sign
/// with that key: as `atls::tls_settings::adjust` does. Asks for one signature, of nothing that is
/// of use to anybody, to find out whether the key is the certificate's.
/// @returns `malformed` for what is no PEM; `unsupported` for another key than EC P-256, P-384,
///          P-521 and RSA; `conflict` if a key was set before; `bad_signature` for a key that is
///          not the certificate's; what `sign` returns; `io` if OpenSSL does not take it.
/// @note OpenSSL has no signatures that come later: a handshake keeps its thread until `sign`
///       returns. So `sign` must have a deadline of its own, and a thread that serves several
///       connections serves none of them meanwhile.
result<void> use_remote_key(ssl_ctx_st* context, const remote_key& key);

} // namespace troth::client
