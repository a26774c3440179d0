#pragma once

#include "services/gateway/api_route.hpp"

#include <vector>

namespace troth::services {

/// Returns the routes below `/v1/metadata`: what the EST server hands out to machines, and changes
/// to it. @see docs/rest.md
std::vector<http::route> metadata_routes(const api_parts& with);

} // namespace troth::services
