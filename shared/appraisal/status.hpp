#pragma once

#include "shared/appraisal/ledger.hpp"
#include "shared/base/time.hpp"
#include "shared/report/result.hpp"

namespace troth::appraisal {

/// Judges whether authentic manifests are still good, by the status responses that came with them
/// (OMSP). Nobody is asked: a manifest that names a server and comes without an answer fails, and
/// so does one whose answer is of another server, of another time or for another manifest.
/// Outdated is a warning, revoked and unknown are failures.
///
/// Fills the status of each manifest's result.
/// @see formats of cmc, OMSP
void appraise_status(report::metadata_summary& summary, time_point now, ledger& book);

} // namespace troth::appraisal
