#pragma once

#include "shared/appraisal/memory.hpp"
#include "shared/appraisal/policy.hpp"
#include "shared/appraisal/vendor_statements.hpp"
#include "shared/appraisal/versions.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/time.hpp"
#include "shared/endorsement/provisioned_values.hpp"
#include "shared/endorsement/trust_anchors.hpp"
#include "shared/report/result.hpp"

#include <map>
#include <memory>
#include <string>

namespace troth::appraisal {

/// All that an appraisal depends on. The same inputs give the same result.
struct inputs {
  byte_view report; ///< As it came, JSON or CBOR.
  byte_view nonce;  ///< What the report must answer.
  const policy& rules;
  const endorsement::trust_anchors& anchors;
  time_point now; ///< When certificates and metadata must be valid.

  /// Signed items that the report may leave out, by digest; null: none.
  const std::map<std::string, bytes>* left_out = nullptr;
  const version_history* history = nullptr; ///< Null: no version is too old.
  memory* known = nullptr; ///< Spares work and changes no result; null: all work is done. What a
                           ///< report proves is kept there unless its appraisal fails.
  vendor_statements* statements = nullptr; ///< Null: only what a report carries counts.

  /// Reference values beside those of manifests, if the policy accepts them; null: none.
  std::shared_ptr<const endorsement::provisioned_set> provisioned = nullptr;
};

/// Appraises a report: bytes -> facts -> authentic facts -> findings -> result.
///
/// @returns a result, always: what cannot be read is a result that fails, with
///          the parser's code and place in its findings.
/// @note Fills neither `verifier_name` nor `freshness_source` nor `caller_inputs`: those are
///       the caller's. `created` is `now`.
report::attestation_result appraise(const inputs& in);

} // namespace troth::appraisal
