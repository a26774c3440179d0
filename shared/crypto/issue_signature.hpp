#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"
#include "shared/crypto/openssl.hpp"

#include <optional>

namespace troth::crypto {

/// Returns what signs a certificate or a revocation list. For this room only.
/// @param with nothing: the hash that fits the key, RSA without PSS.
/// @returns `unsupported` if the key does not sign so.
result<openssl::digest_context> signing_context(const private_key& key,
                                                const std::optional<signature_algorithm>& with);

} // namespace troth::crypto
