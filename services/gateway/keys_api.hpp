#pragma once

#include "services/gateway/api_route.hpp"
#include "services/http/exchange.hpp"

#include <vector>

namespace troth::services {

/// Makes the routes of a machine's TLS keys: `/v1/keys`. What they are given must outlive them.
std::vector<http::route> key_routes(const api_parts& with);

/// Makes the route of the CA that certifies such keys: `/v1/ca-certificates`.
http::route ca_certificates_route(const api_parts& with);

} // namespace troth::services
