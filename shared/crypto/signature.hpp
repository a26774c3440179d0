#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/openssl.hpp"

namespace troth::crypto {

/// Returns OpenSSL's object for it.
const EVP_MD* message_digest(hash_algorithm algorithm) noexcept;

/// Returns `RSASSA-PSS` and the like, for errors.
std::string_view name(signature_scheme scheme) noexcept;

/// Whether a key of OpenSSL's type `type` (EVP_PKEY_RSA and so on) is one for `scheme`.
bool is_for(int type, signature_scheme scheme) noexcept;

/// Sets padding and hash on a context that is about to sign or verify with an RSA key.
bool set_rsa_parameters(EVP_PKEY_CTX* context, signature_algorithm algorithm, int pss_salt_length);

/// Verifies over the digest of a message. @returns `bad_signature`.
result<void> verify_rsa(EVP_PKEY* key, signature_algorithm algorithm, byte_view sum,
                        byte_view signature);

/// Verifies over the message itself. @returns `bad_signature`.
result<void> verify_eddsa(EVP_PKEY* key, byte_view message, byte_view signature);

} // namespace troth::crypto
