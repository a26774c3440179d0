#pragma once

#include "shared/base/result.hpp"

#include <openssl/ssl.h>

#include <string>

namespace troth::atls {

/// Has a TLS context sign with a key that a provider of OpenSSL's holds, after its certificate was
/// set.
///
/// The provider is loaded once for the process, behind OpenSSL's own, and used for this key alone.
/// @param uri what the provider's stores open: a file, or e.g. `handle:0x81000002` of `tpm2`.
/// @returns `unsupported` if there is no such provider; `not_found` if the store has no private key
///          there; `conflict` if it is not the certificate's.
/// @see OSSL_STORE_open_ex(3)
result<void> use_stored_key(SSL_CTX* context, const std::string& uri, const std::string& provider);

} // namespace troth::atls
