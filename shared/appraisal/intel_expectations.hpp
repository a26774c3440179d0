#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/codec/json.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace troth::appraisal {

/// What the owner of the verifier asks of Intel's platforms, beside what manifests do.
struct intel_expectations {
  /// A status must be here and in the manifest's list. `Revoked` never counts.
  std::set<std::string, std::less<>> accepted_tcb_statuses = {"UpToDate"};
  std::set<std::string, std::less<>> refused_advisories; ///< E.g. `INTEL-SA-00615`.
  std::uint64_t minimum_evaluation_number = 0; ///< Of TCB info and QE identity: older are refused.
  std::optional<std::uint16_t> isv_prod_id;    ///< Of an enclave; nothing: any.
  bytes config_id;                             ///< Of an enclave; empty: zeros.
};

/// Reads the member `intel` of a policy: `acceptedTcbStatuses`, `refusedAdvisories`,
/// `minimumTcbEvaluationNumber`, `isvProdId`, `configId` (hex).
/// @returns `malformed`, `unknown_key`.
result<intel_expectations> read_intel_expectations(const nlohmann::json& value);

} // namespace troth::appraisal
