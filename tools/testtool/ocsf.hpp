#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/time.hpp"
#include "tools/testtool/result_view.hpp"

#include <functional>
#include <string>
#include <vector>

namespace troth::testtool {

/// Returns what a result that is not a success tells those who watch over machines: an OCSF
/// Detection Finding, in JSON, for each rule that failed; one, if no rule is named. Nothing for a
/// success.
/// @param now of the events, where the result says no time.
/// @param random gives so many bytes: each finding has a UUID.
/// @see OCSF 1.8.0, class 2004
std::vector<std::string> detection_findings(const result_view& from, time_point now,
                                            const std::function<bytes(std::size_t)>& random);

} // namespace troth::testtool
