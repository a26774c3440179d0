#pragma once

#include "shared/crypto/certificate.hpp"

#include <vector>

namespace troth::endorsement {

/// Whom the verifier trusts, by role: a root of one list vouches for nothing in another.
struct trust_anchors {
  std::vector<crypto::certificate> metadata_roots; ///< For signers of manifests and descriptions.
  std::vector<crypto::certificate> ak_roots;       ///< For TPM attestation keys.
};

} // namespace troth::endorsement
