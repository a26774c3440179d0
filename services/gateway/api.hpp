#pragma once

#include "services/gateway/api_route.hpp"

#include <vector>

namespace troth::services {

/// Returns the routes below `/v1`, and where the keys of result tokens are. What they are given
/// must outlive their listener.
/// @see docs/rest.md
std::vector<http::route> api_routes(const api_parts& with);

} // namespace troth::services
