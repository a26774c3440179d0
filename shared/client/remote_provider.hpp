#pragma once

#include "shared/base/result.hpp"
#include "shared/client/remote_signature.hpp"
#include "shared/crypto/openssl.hpp"

// How OpenSSL is made to sign with what is elsewhere: for `remote_key` only.

namespace troth::client {

/// Makes one of OpenSSL's keys, which signs by what it was given.
/// @param key EC or RSA.
/// @returns `internal` if OpenSSL makes none.
/// @see provider-keymgmt(7ossl), provider(7ossl)
result<crypto::openssl::pkey> make_remote_pkey(remote_key_handle key);

} // namespace troth::client
