#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace troth::services {

/// Returns the one of `known` that takes the fewest edits to become `unknown`; empty if all are
/// too far for it to be a slip.
std::string nearest(std::string_view unknown, const std::vector<std::string>& known);

} // namespace troth::services
