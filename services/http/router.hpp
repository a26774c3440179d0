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
  std::string authorization;
  bool has_body = false;               ///< There is a length above 0, or the length is not told.
  std::optional<std::uint64_t> length; ///< Of the body, if it is told.
};

/// A route, and what to answer with.
struct match {
  const route* to;
  std::string produces;
};

/// Why a request goes no further than its header.
struct refusal {
  wire::problem what;
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// Whether a caller may use the routes that are not open, by its Authorization header.
using authenticator = std::function<bool(std::string_view authorization)>;

/// Returns the path of a target in origin form, without its query.
std::string path_of(std::string_view target);

/// Finds the route of a request and holds the header to what it takes: before its body is read.
/// @param authenticate none: everybody may.
/// @returns 404, 405 with Allow, 401, 413, 415 or 406 if it may not go on.
std::variant<match, refusal> choose(const std::vector<route>& routes, const request_header& asked,
                                    const authenticator& authenticate);

} // namespace troth::services::http
