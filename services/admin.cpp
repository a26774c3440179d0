#include "services/admin.hpp"

#include "services/authentication.hpp"
#include "services/http/site.hpp"
#include "services/status_routes.hpp"
#include "shared/wire/requests.hpp"

#include <memory>
#include <utility>

namespace troth::services {

namespace {

constexpr std::size_t max_connections = 64; // of probes and scrapers

/// Says and sets from which level on events are written. Whoever is on the machine may ask, but
/// only who has a token may set.
std::vector<http::route> log_level_routes(const event_log& log, bool has_tokens) {
  const auto tell = [&log](const http::responder& respond) {
    respond({200, std::string{wire::json_media_type},
             R"({"level":")" + std::string{name(log.level())} + "\"}"});
  };
  http::route show{"GET", "/log-level",
                   [tell](http::request&&, const http::responder& respond) { tell(respond); }};
  http::route set{"PUT", "/log-level",
                  [&log, tell](http::request&& asked, const http::responder& respond) {
                    const auto level = wire::read_log_level(asked.body);
                    if (!level)
                      return respond(http::error_response(level.error(), asked.id));
                    log.set_level(parse_log_level(*level));
                    log.info("log.level", {{"level", *level}, {"request", asked.id}});
                    tell(respond);
                  }};
  set.consumes = {std::string{wire::json_media_type}};
  set.max_body_bytes = wire::max_small_body_bytes;
  set.permit = [has_tokens](const caller&) -> result<void> {
    if (!has_tokens)
      return error{errc::forbidden, "log-level: needs one of adminTokens, and there are none"};
    return {};
  };
  return {std::move(show), std::move(set)};
}

} // namespace

void add_admin(configuration& keys, admin_options& options) {
  keys.add("adminTokens", options.tokens,
           "SHA-256, in hex, of the bearer tokens that may read /metrics and /version, and set the "
           "log level; needed "
           "where the admin address is not of the loopback interface");
}

result<void> check_admin(const common_options& chosen, const admin_options& options) {
  if (chosen.admin.empty())
    return {};
  const auto at = read_address("admin", chosen.admin);
  if (!at)
    return at.error();
  const auto authenticate = bearer_tokens(options.tokens, "adminTokens");
  if (!authenticate)
    return authenticate.error();
  if (!*authenticate && !link::is_loopback(at->host))
    return error{errc::forbidden,
                 "admin: " + chosen.admin + " is not loopback, and there are no adminTokens"};
  return {};
}

result<void> start_admin(node& on, const admin_options& options) {
  if (on.chosen().admin.empty())
    return {};
  auto authenticate = bearer_tokens(options.tokens, "adminTokens");
  if (!authenticate)
    return authenticate.error();
  const auto what = std::make_shared<http::site>();
  what->routes = status_routes(on.ready(), on.figures(), program_name(on.who().is),
                               on.who().is.version);
  for (auto& route : log_level_routes(on.log(), !options.tokens.empty()))
    what->routes.push_back(std::move(route));
  what->allowed.max_connections = max_connections;
  what->authenticate = *std::move(authenticate);
  const auto where = on.serve("admin", on.chosen().admin, {}, what, 1);
  if (!where)
    return where.error();
  on.log().info("admin.listening", {{"address", to_string(*where)}});
  return {};
}

} // namespace troth::services
