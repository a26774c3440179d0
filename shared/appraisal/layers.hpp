#pragma once

#include "shared/appraisal/ledger.hpp"
#include "shared/report/result.hpp"

namespace troth::appraisal {

/// Judges how authentic manifests and the image description fit together: one root manifest
/// (its own only base layer), every base layer present, every manifest reached from the root
/// and none in a cycle, each described and each description's manifest present.
/// Fills `compatibility` and puts the manifests in order, each behind its base layers.
/// @see formats of cmc, layering rule
void appraise_layers(report::metadata_summary& summary, ledger& book);

} // namespace troth::appraisal
