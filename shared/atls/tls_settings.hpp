#pragma once

#include "shared/atls/handshake.hpp"
#include "shared/base/result.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <functional>
#include <memory>
#include <string>

namespace troth::atls {

/// Whom TLS lets in, and as whom it shows us.
struct tls_settings {
  std::string roots;       ///< PEM file: a peer's certificate chains to one of these.
  std::string certificate; ///< PEM file: ours, and the chain above it. A client may have none.
  std::string key;         ///< PEM file.
  bool demands_certificate = true; ///< Of a server: clients without one are refused.
  /// Called with the context that was made of the above, for a key that is in no file.
  std::function<result<void>(SSL_CTX*)> adjust = {};
};

using tls_context = std::shared_ptr<boost::asio::ssl::context>;
using tls_stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

/// Makes what all connections of one side share: TLS 1.3 alone, no session that could be resumed
/// without attestation, no early data.
/// @returns `missing` for a server without certificate, a key without one or one without a key, and
///          a side without roots; `io` with the file
///          that cannot be used.
result<tls_context> make_context(side ours, const tls_settings& from);

/// What a TLS handshake has shown of the peer.
struct tls_peer {
  std::string fingerprint;        ///< SHA-256 of its certificate in hex; empty: it showed none.
  std::vector<std::string> names; ///< The dNSNames and iPAddresses of its certificate.
};

/// Reads what is needed of a connection whose TLS handshake is done.
/// @returns `unsupported` for another version than TLS 1.3, and for a session that was resumed.
result<tls_peer> look_at(SSL* connection);

/// Returns the nonce for the report of that side of a connection.
/// @returns `internal` if the connection has no exporter.
result<bytes> export_nonce(SSL* connection, side of);

/// Returns the nonce for the report of that side in answer to a demand.
/// @returns `internal` if the connection has no exporter.
result<bytes> export_renewal_nonce(SSL* connection, side of, byte_view challenge);

/// Makes a challenge for a demand.
/// @returns `internal` if there is no randomness.
result<bytes> make_challenge();

} // namespace troth::atls
