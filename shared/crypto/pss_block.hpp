#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"

namespace troth::crypto {

/// Encodes a digest as RSASSA-PSS has it before the private operation: with a new salt as long as
/// the digest, and MGF1 with its hash. For a key whose holder has the bare operation only, or would
/// choose another length of salt, which TLS 1.3 refuses.
///
/// @returns as many bytes as the modulus has; `unsupported` for another key than RSA; `malformed`
///          for one that is too small for the digest and its salt.
/// @see RFC 8017, section 9.1.1 (EMSA-PSS-ENCODE); RFC 8446, section 4.2.3
result<bytes> pss_block(const public_key& key, const digest& of);

} // namespace troth::crypto
