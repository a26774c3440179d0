#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"
#include "shared/protocol/messages.hpp"

#include <string>
#include <string_view>

namespace troth::actors {

/// Reads how messages call the algorithm of a TLS key: `EC256`, `EC384`, `RSA2048`, `RSA3072`.
/// @returns `unsupported` for all else.
result<crypto::key_kind> read_tls_algorithm(std::string_view name);

/// Reads what a TLS key is to sign.
/// @returns `unsupported` for another hash than `SHA-256`, `SHA-384`, `SHA-512`; `malformed` for a
///          digest of another length.
result<digest> read_tls_digest(std::string_view hash, const protocol::blob& value);

} // namespace troth::actors
