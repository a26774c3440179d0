#include "services/http/router.hpp"

#include "shared/wire/media_type.hpp"

#include <algorithm>

namespace troth::services::http {

namespace {

refusal refuse(unsigned status, const char* code, std::string detail) {
  return {{status, code, std::move(detail)}};
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words)
    out += (out.empty() ? "" : ", ") + word;
  return out;
}

/// Finds the route, or says why there is none.
std::variant<const route*, refusal> find(const std::vector<route>& routes,
                                         const request_header& asked) {
  const auto path = path_of(asked.target);
  std::vector<std::string> methods;
  for (const auto& one : routes) {
    if (one.path != path)
      continue;
    if (one.method == asked.method || (one.method == "GET" && asked.method == "HEAD"))
      return &one;
    methods.push_back(one.method);
  }
  if (methods.empty())
    return refuse(404, "not_found", "no such route");
  auto out = refuse(405, "method_not_allowed", "allowed: " + joined(methods));
  out.headers.emplace_back("Allow", joined(methods));
  return out;
}

std::optional<refusal> check_body(const route& to, const request_header& asked) {
  if (!asked.has_body)
    return std::nullopt;
  if (asked.length.value_or(0) > to.max_body_bytes)
    return refuse(413, "too_large",
                  "body: " + std::to_string(*asked.length) + " bytes, at most "
                    + std::to_string(to.max_body_bytes));
  const auto type = wire::media_type_of(asked.content_type);
  if (std::find(to.consumes.begin(), to.consumes.end(), type) == to.consumes.end())
    return refuse(415, "unsupported_media_type", "expected " + joined(to.consumes));
  return std::nullopt;
}

} // namespace

std::string path_of(std::string_view target) {
  return std::string{target.substr(0, target.find_first_of("?#"))};
}

std::variant<match, refusal> choose(const std::vector<route>& routes, const request_header& asked,
                                    const authenticator& authenticate) {
  const auto found = find(routes, asked);
  if (const auto* why = std::get_if<refusal>(&found))
    return *why;
  const auto& to = *std::get<const route*>(found);
  std::optional<caller> who{caller{}};
  if (!to.is_open && authenticate)
    who = authenticate(asked.shown);
  if (!who)
    return refuse(401, "unauthenticated", "a bearer token of this service is needed");
  if (const auto may = to.permit ? to.permit(*who) : result<void>{}; !may)
    return refusal{wire::to_problem(may.error()), {}, *std::move(who)};
  if (auto why = check_body(to, asked))
    return *std::move(why);
  const auto produces = wire::negotiate(asked.accept, to.produces);
  if (produces.empty() && !to.produces.empty())
    return refuse(406, "not_acceptable", "offered: " + joined(to.produces));
  return match{&to, produces, *std::move(who)};
}

} // namespace troth::services::http
