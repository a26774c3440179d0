#pragma once

#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"

struct X509_req_st; // OpenSSL's X509_REQ

// For this room only.

namespace troth::crypto {

/// Checks that a key is of a kind and strength that TLS keys are certified of.
/// @returns `weak`, `unsupported`.
result<void> check_requested_key(const public_key& key);

/// Checks that a request is signed by its own key.
/// @returns `bad_signature`; `weak` over SHA-1 or MD5; `unsupported` for an unknown algorithm.
result<void> check_requested_signature(X509_req_st* request, const public_key& key);

} // namespace troth::crypto
