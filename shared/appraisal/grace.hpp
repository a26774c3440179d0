#pragma once

#include "shared/appraisal/ledger.hpp"
#include "shared/base/time.hpp"

#include <string_view>

namespace troth::appraisal {

/// Returns when something that is good until `until` is to be judged: `now`, or the last second of
/// its time while the policy bears with it for longer. That is written down, as a warning.
time_point judged_at(time_point until, time_point now, std::string_view subject,
                     std::string_view what, ledger& book);

} // namespace troth::appraisal
