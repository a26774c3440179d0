#pragma once

#include "shared/appraisal/policy.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/codec/json.hpp"
#include "shared/report/result.hpp"

#include <vector>

namespace troth::appraisal {

class ledger;

/// Reads an array of conditions: objects with the members of `signer_condition` in camelCase.
/// @returns `malformed`; `missing` for one that says nothing of the signer; `unknown_key`;
///          `too_large`.
result<std::vector<signer_condition>> read_signer_conditions(const nlohmann::json& value);

/// Judges what the policy demands of metadata beyond the rules for all: its signers, its age.
/// Metadata that could not be authenticated has failed already and is passed over.
void check_conditions(const report::metadata_summary& metadata, time_point now, ledger& book);

} // namespace troth::appraisal
