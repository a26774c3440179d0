#include "services/admin.hpp"

#include "services/authentication.hpp"
#include "services/http/site.hpp"
#include "services/status_routes.hpp"

#include <memory>
#include <utility>

namespace troth::services {

namespace {

constexpr std::size_t max_connections = 64; // of probes and scrapers

} // namespace

void add_admin(configuration& keys, admin_options& options) {
  keys.add("adminTokens", options.tokens,
           "SHA-256, in hex, of the bearer tokens that may read /metrics and /version; needed "
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
  what->allowed.max_connections = max_connections;
  what->authenticate = *std::move(authenticate);
  const auto where = on.serve("admin", on.chosen().admin, {}, what, 1);
  if (!where)
    return where.error();
  on.log().info("admin.listening", {{"address", to_string(*where)}});
  return {};
}

} // namespace troth::services
