#pragma once

#include "shared/crypto/certificate.hpp"
#include "shared/crypto/revocation_list.hpp"
#include "shared/endorsement/intel_chain.hpp"
#include "shared/endorsement/snp_chain.hpp"

#include <vector>

namespace troth::endorsement {

/// Whom the verifier trusts, by role: a root of one list vouches for nothing in another.
struct trust_anchors {
  std::vector<crypto::certificate> metadata_roots; ///< For signers of manifests and descriptions.
  std::vector<crypto::certificate> ak_roots;       ///< For TPM attestation keys.
  std::vector<crypto::certificate> snp_roots = {}; ///< For SNP: ARKs beside those that are pinned.
  std::vector<digest> snp_root_keys = {amd_root_keys().begin(), amd_root_keys().end()};
  std::vector<crypto::revocation_list> snp_revocation_lists = {}; ///< Of ARKs.
  std::vector<crypto::certificate> status_roots = {}; ///< For signers of manifests' status.
  std::vector<crypto::certificate> intel_roots = {};  ///< For SGX and TDX: beside the pinned one.
  std::vector<crypto::certificate> psa_roots = {};    ///< For keys of PSA devices.
  std::vector<digest> intel_root_keys = {intel::root_keys().begin(), intel::root_keys().end()};
};

} // namespace troth::endorsement
