#pragma once

#include <openssl/types.h>

namespace troth::crypto {

/// Returns the OpenSSL library context in which certificates are read and verified.
///
/// OpenSSL 3.0 decodes a certificate's key by asking every decoder it has: 107 µs, where
/// verifying a signature with that key takes 60 µs. This context has the algorithms of the
/// default provider, but of decoders only those for RSA and Ed25519.
/// It lives as long as the process. Null, which is OpenSSL's default context, if it
/// cannot be made: slower, and otherwise the same.
OSSL_LIB_CTX* certificate_library();

/// Returns the like of it without any decoder, for what is read first: a point on a curve needs
/// none, `public_key::from_x509` reads it in 3 µs. Even an empty search for a decoder of RSA
/// would cost another 17 µs.
OSSL_LIB_CTX* point_library();

} // namespace troth::crypto
