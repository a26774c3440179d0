#pragma once

#include "services/gateway/api_route.hpp"

#include <vector>

namespace troth::services {

/// Returns the routes of what verifiers judge by: `/v1/reference-values`, `/v1/trust-anchors`,
/// `/v1/collateral`, and Veraison's endorsement provisioning, which takes CoRIMs.
/// @see docs/rest.md; veraison/docs, api/endorsement-provisioning
std::vector<http::route> reference_routes(const api_parts& with);

} // namespace troth::services
