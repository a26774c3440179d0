#pragma once

#include "services/http/exchange.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troth::services {

/// Returns the description of the REST API, OpenAPI 3.1: `services/gateway/openapi.json`.
std::string_view openapi_text() noexcept;

/// Makes a page of an OpenAPI description that a person can read and that loads nothing else.
/// @pre `openapi` is one of ours
std::string render_documentation(std::string_view openapi);

/// Makes the answer of a page that loads nothing and runs nothing.
http::response page_response(std::string page);

/// Returns the routes `/openapi.json` and `/docs`, for whoever has shown who it is.
std::vector<http::route> documentation_routes();

} // namespace troth::services
