#pragma once

#include "shared/base/result.hpp"

#include <atomic>
#include <filesystem>

struct ssl_ctx_st; // OpenSSL's SSL_CTX

namespace troth::client {

struct tls_options {
  std::filesystem::path ca;          ///< PEM: whom to trust instead of the system's roots.
  std::filesystem::path certificate; ///< PEM, leaf first: who we are.
  std::filesystem::path key;         ///< PEM.
};

/// The fatal alert that a handshake ended in: why, which the client library does not tell.
/// @see RFC 8446, section 6
struct tls_alert {
  std::atomic<int> sent = 0;
  std::atomic<int> received = 0;

  bool says_that_peer_is_untrusted() const;
  bool says_that_we_are_untrusted() const;
};

/// Reads the files once, before the first connection, where a failure would not name the file.
/// @returns `missing` for a key without its certificate or the reverse, `malformed` for what is
///          no PEM, `conflict` for a key of another certificate; what `files::read` returns.
result<void> check_tls(const tls_options& options);

/// Sets up a client's context: TLS 1.3, the roots, our certificate.
/// @param alert gets the alerts; it must outlive the context's connections.
/// @throws std::runtime_error if OpenSSL does not take what `check_tls` did: for the client
///         library to pass on.
void set_up_tls(ssl_ctx_st* context, const tls_options& options, tls_alert& alert);

} // namespace troth::client
