#pragma once

#include "services/gateway/api_route.hpp"

#include <vector>

namespace troth::services {

/// Returns the routes below `/v1/policies`: to show, set, try and activate policies at run time.
/// @see docs/rest.md
std::vector<http::route> policy_routes(const api_parts& with);

} // namespace troth::services
