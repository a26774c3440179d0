#pragma once

#include "shared/base/result.hpp"
#include "shared/client/remote_key.hpp"
#include "shared/crypto/openssl.hpp"

#include <openssl/core.h>

#include <functional>
#include <memory>

// What OpenSSL calls to sign with a key that is elsewhere: for `remote_provider` only.

namespace troth::client {

/// A key of which the public half is here.
struct remote_key_parts {
  crypto::openssl::pkey public_half;
  remote_signer sign; ///< None: it only verifies.
  std::function<void(const error&)> on_failure;
};

/// Asks for a signature, and checks it, so that a bad one is told of here and not by whoever gets
/// it.
/// @returns what the signer returns; `bad_signature`.
result<bytes> sign_remotely(const remote_key_parts& key, hash_algorithm hash, byte_view digest);

using remote_key_handle = std::shared_ptr<const remote_key_parts>;

/// Returns the parts of one of our provider's keys; null: it has none.
remote_key_handle remote_parts_of(const void* key);

/// Makes an entry of a table of functions, which OpenSSL casts back by its number.
template <class Function>
OSSL_DISPATCH dispatch_entry(int number, Function* function) {
  return {number, reinterpret_cast<void (*)()>(function)};
}

/// Returns the functions of ECDSA and RSASSA-PSS: those that sign.
/// @see provider-signature(7ossl)
const OSSL_DISPATCH* remote_signature_functions();

} // namespace troth::client
