#pragma once

#include "shared/appraisal/evidence_inputs.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/appraisal/snp.hpp"
#include "shared/endorsement/snp_vek.hpp"
#include "shared/evidence/snp/report.hpp"
#include "shared/report/metadata.hpp"

#include <optional>

namespace troth::appraisal {

/// A key that a root vouches for.
struct snp_signer {
  crypto::public_key key;
  endorsement::vek_extensions extensions;
  std::optional<evidence::snp::product_line> line; ///< Of the root.
};

/// Checks who may have signed a report: the certificate of a VCEK or VLEK, its chain, and whether
/// AMD took that back.
///
/// @param report not yet authenticated: it tells whose certificates are looked for.
/// @param root the root manifest, whose `caFingerprints` count; null: there is none.
/// @returns nothing unless a root vouches for the key.
std::optional<snp_signer> check_snp_signer(const evidence_inputs& in,
                                           const evidence::snp::attestation_report& report,
                                           const snp_trust& trust, const report::manifest* root,
                                           ledger& book, report::signature_result& out);

} // namespace troth::appraisal
