#pragma once

#include "shared/appraisal/evidence_inputs.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/endorsement/intel_pck.hpp"
#include "shared/evidence/sgx/signature_data.hpp"
#include "shared/report/metadata.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace troth::appraisal {

/// Whom an appraisal of SGX and TDX quotes believes.
struct intel_trust {
  std::span<const crypto::certificate> roots; ///< Of PCKs and TCB signers.
  std::span<const digest> root_keys; ///< SHA-256 of their keys: what carries one counts too.
  time_point now;
};

/// A platform that Intel certified, whose quoting enclave holds the key that signs quotes.
struct intel_signer {
  std::vector<crypto::certificate> path;  ///< PCK certificate, CA, root.
  std::vector<crypto::certificate> roots; ///< All that may end a path.
  endorsement::intel::pck_extension pck;
  crypto::public_key attestation_key;
};

/// Checks who signed a quote, up to the attestation key: PCK chain, QE report, its report data.
///
/// @param root the root manifest, whose `caFingerprints` count; null: there is none.
/// @returns nothing unless all of it held.
std::optional<intel_signer>
check_intel_signer(const evidence_inputs& in, const evidence::sgx::quote_header& header,
                   const evidence::sgx::signature_data& by, const intel_trust& trust,
                   const report::manifest* root, ledger& book, report::signature_result& out);

} // namespace troth::appraisal
