#pragma once

#include "shared/appraisal/ledger.hpp"
#include "shared/appraisal/references.hpp"
#include "shared/report/report.hpp"
#include "shared/report/result.hpp"

#include <span>
#include <vector>

namespace troth::appraisal {

/// What the logs of one evidence lead to.
struct replayed_logs {
  std::vector<digest> pcrs;                     ///< Final values, in the order of the artifacts.
  std::vector<report::digest_result> events;    ///< Every event, and every value that was missed.
  std::vector<report::digest_result> pcr_match; ///< One a PCR.
};

/// Replays each artifact and holds every event against the reference values.
///
/// @param artifacts of authentic origin only: the quote's extraData vouches for them. That
///        they are true is shown when `pcrs` give the quoted digest.
/// @param bank the algorithm of the quoted PCRs.
/// @see TCG PC Client Platform Firmware Profile 1.06, 10 (event log); Linux IMA
replayed_logs replay_logs(std::span<const report::artifact> artifacts,
                          std::span<const reference> references, hash_algorithm bank, ledger& book);

} // namespace troth::appraisal
