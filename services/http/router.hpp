#pragma once

#include "services/http/exchange.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troth::services::http {

/// What the header of a request says, as far as it decides anything.
struct request_header {
  std::string method;
  std::string target;
  std::string content_type;
  std::string accept;
  std::string trace; ///< `traceparent`.
  std::string prefer;
  std::string idempotency_key;
  credentials shown;
  bool has_body = false;               ///< There is a length above 0, or the length is not told.
  std::optional<std::uint64_t> length; ///< Of the body, if it is told.
};

/// A route, and what to answer with.
struct match {
  const route* to;
  std::string produces;
  std::vector<std::string> parameters{};
  caller who{};
};

/// Why a request goes no further than its header.
struct refusal {
  wire::problem what;
  std::vector<std::pair<std::string, std::string>> headers{};
  caller who{}; ///< Whom a route refuses that knows it.
};

/// Finds out who asks for a route that is not open.
/// @returns nothing for who has not shown who it is.
using authenticator = std::function<std::optional<caller>(const credentials&)>;

/// Returns the path of a target in origin form, without its query.
std::string path_of(std::string_view target);

/// Returns the query of a target in origin form, without the question mark; empty: none.
std::string query_of(std::string_view target);

/// Compares a path with that of a route. @returns what stands for its segments in braces; nothing
/// for another path.
std::optional<std::vector<std::string>> fit(std::string_view path, std::string_view route_path);

/// Finds the route of a request and holds the header to what it takes: before its body is read.
/// @param authenticate none: everybody may, and is nobody in particular.
/// @returns 404, 405 with Allow, 401, 403, 413, 415 or 406 if it may not go on.
std::variant<match, refusal> choose(const std::vector<route>& routes, const request_header& asked,
                                    const authenticator& authenticate);

} // namespace troth::services::http
