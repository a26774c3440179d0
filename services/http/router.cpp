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

bool is_parameter(std::string_view segment) {
  constexpr std::size_t max_bytes = 128;
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
           || c == '_' || c == '.' || c == '~';
  };
  return !segment.empty() && segment.size() <= max_bytes && segment != "." && segment != ".."
         && std::ranges::all_of(segment, is_good);
}

/// Takes the text up to the next slash, and the slash.
std::string_view take_segment(std::string_view& from) {
  const auto end = std::min(from.find('/'), from.size());
  const auto out = from.substr(0, end);
  from.remove_prefix(std::min(end + 1, from.size()));
  return out;
}

/// Finds the route, or says why there is none.
std::variant<match, refusal> find(const std::vector<route>& routes, const request_header& asked) {
  const auto path = path_of(asked.target);
  std::vector<std::string> methods;
  for (const auto& one : routes) {
    auto parameters = fit(path, one.path);
    if (!parameters)
      continue;
    if (one.method == asked.method || (one.method == "GET" && asked.method == "HEAD"))
      return match{&one, {}, *std::move(parameters)};
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

std::string query_of(std::string_view target) {
  const auto whole = target.substr(0, target.find('#'));
  const auto mark = whole.find('?');
  return mark == std::string_view::npos ? std::string{} : std::string{whole.substr(mark + 1)};
}

std::optional<std::vector<std::string>> fit(std::string_view path, std::string_view route_path) {
  std::vector<std::string> out;
  if (std::ranges::count(path, '/') != std::ranges::count(route_path, '/')
      || path.ends_with('/') != route_path.ends_with('/'))
    return std::nullopt;
  while (!route_path.empty()) {
    const auto expected = take_segment(route_path);
    const auto segment = take_segment(path);
    if (expected.starts_with('{') && is_parameter(segment))
      out.emplace_back(segment);
    else if (expected != segment)
      return std::nullopt;
  }
  return out;
}

std::variant<match, refusal> choose(const std::vector<route>& routes, const request_header& asked,
                                    const authenticator& authenticate) {
  auto found = find(routes, asked);
  if (const auto* why = std::get_if<refusal>(&found))
    return *why;
  auto out = std::get<match>(std::move(found));
  const auto& to = *out.to;
  std::optional<caller> who{caller{}};
  if (!to.is_open && authenticate)
    who = authenticate(asked.shown);
  if (!who)
    return refuse(401, "unauthenticated", "a bearer token of this service is needed");
  if (const auto may = to.permit ? to.permit(*who) : result<void>{}; !may)
    return refusal{wire::to_problem(may.error()), {}, *std::move(who)};
  if (auto why = check_body(to, asked))
    return *std::move(why);
  out.produces = wire::negotiate(asked.accept, to.produces);
  if (out.produces.empty() && !to.produces.empty())
    return refuse(406, "not_acceptable", "offered: " + joined(to.produces));
  out.who = *std::move(who);
  return out;
}

} // namespace troth::services::http
