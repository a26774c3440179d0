#pragma once

#include "shared/appraisal/evidence_inputs.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/revocation_list.hpp"
#include "shared/report/metadata.hpp"

#include <span>

namespace troth::appraisal {

/// Whom an appraisal of SNP guests believes.
struct snp_trust {
  std::span<const crypto::certificate> roots; ///< ARKs.
  std::span<const digest> root_keys; ///< SHA-256 of their keys: what carries one counts too.
  std::span<const crypto::revocation_list> revocation_lists;
  time_point now;
};

/// Appraises an SNP report: who signed it and for which context, what guest it is, on which
/// firmware, and what was measured when it started.
///
/// @param root the root manifest, whose `snpPolicy` counts; null: there is none.
report::measurement_result appraise_snp(const evidence_inputs& in, const snp_trust& trust,
                                        const report::manifest* root, ledger& book);

} // namespace troth::appraisal
