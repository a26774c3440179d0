#pragma once

#include "services/gateway/api_route.hpp"
#include "services/gateway/key_set_cache.hpp"

#include <memory>
#include <vector>

namespace troth::services {

/// Returns the routes of Veraison's challenge-response API, so that its clients need another
/// address only. A session takes one evidence; its result is an EAR, a JWT. Only who opened a
/// session finds it, at any gateway before the same verifiers.
/// @param keys the EAR's.
/// @see veraison/docs, api/challenge-response
std::vector<http::route> veraison_routes(const api_parts& with,
                                         std::shared_ptr<key_set_cache> keys);

} // namespace troth::services
