#pragma once

#include "services/gateway/api_route.hpp"

#include <vector>

namespace troth::services {

/// Returns the routes below `/v1/appraisals`: at once, later, once however often it is asked, and
/// many in one request.
/// @see docs/rest.md; RFC 7240, section 4.1; draft-ietf-httpapi-idempotency-key-header-07
std::vector<http::route> appraisal_routes(const api_parts& with);

} // namespace troth::services
