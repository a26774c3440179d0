#pragma once

#include "shared/base/bytes.hpp"
#include "shared/crypto/key.hpp"

namespace troth::endorsement {

/// Returns the nonce that a machine's report must answer before its TLS key is certified: SHA-256
/// over the challenge and the key's SubjectPublicKeyInfo in DER, so that the report is fresh, and
/// of no other key.
bytes enrolment_nonce(byte_view challenge, const crypto::public_key& key);

} // namespace troth::endorsement
