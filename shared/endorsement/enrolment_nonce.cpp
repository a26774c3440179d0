#include "shared/endorsement/enrolment_nonce.hpp"

#include "shared/crypto/hash.hpp"

namespace troth::endorsement {

bytes enrolment_nonce(byte_view challenge, const crypto::public_key& key) {
  const auto digest = crypto::hash(hash_algorithm::sha256, {challenge, key.der()});
  return {digest.view().begin(), digest.view().end()};
}

} // namespace troth::endorsement
