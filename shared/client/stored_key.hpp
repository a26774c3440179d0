#pragma once

#include "shared/base/result.hpp"
#include "shared/client/remote_key.hpp"

#include <filesystem>
#include <functional>
#include <string>

// TLS keys that a provider of OpenSSL's holds, for instance tpm2-openssl.

namespace troth::client {

/// Opens a key, and returns what signs with it, one signature after the other.
///
/// The provider is loaded once for the process, behind OpenSSL's own, and asked for nothing else.
/// @param uri what the provider's stores open: a file, or e.g. `handle:0x81000002` of `tpm2`.
/// @returns it; `unsupported` if there is no such provider; `not_found` if there is no private key
///          of it. The signer returns `io`.
/// @see OSSL_STORE_open_ex(3)
result<remote_signer> open_stored_key(const std::string& uri, const std::string& provider);

/// Returns what has a TLS context show the certificates in a file and use such a key, as
/// `atls::tls_settings::adjust` does.
/// @param certificates PEM, the leaf first.
/// @param on_failure   as `remote_key` has it.
/// @returns it; what `files::read` and `open_stored_key` return.
result<std::function<result<void>(ssl_ctx_st*)>>
use_stored_key(const std::filesystem::path& certificates, const std::string& uri,
               const std::string& provider, std::function<void(const error&)> on_failure);

} // namespace troth::client
