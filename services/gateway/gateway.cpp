#include "services/gateway/gateway.hpp"

#include "services/gateway/api.hpp"
#include "services/http/site.hpp"
#include "services/ports.hpp"
#include "services/status_routes.hpp"
#include "shared/wire/requests.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

namespace troth::services {

namespace {

std::size_t cores() {
  return std::max(2U, std::thread::hardware_concurrency());
}

} // namespace

void gateway::define(configuration& keys) {
  add_gateway(keys, settings_);
}

result<void> gateway::prepare(const common_options& chosen) {
  if (!chosen.listen.empty())
    return error{errc::unknown_key, "listen: nobody dials a gateway; is rest.listen meant?"};
  for (const auto& [key, addresses] :
       {std::pair{"provers", &settings_.provers}, std::pair{"verifiers", &settings_.verifiers}})
    for (const auto& one : *addresses)
      if (const auto at = read_address(key, one); !at)
        return at.error();
  if (settings_.provers.empty() && settings_.verifiers.empty())
    return error{errc::missing, "provers, verifiers: one of them is needed"};
  const auto largest = wire::max_appraisal_bytes(chosen.max_report_bytes);
  if (settings_.max_body_bytes < largest)
    return error{errc::malformed,
                 "rest.maxBodyBytes: maxReportBytes demands " + std::to_string(largest)};
  auto access = make_access(settings_);
  if (!access)
    return access.error();
  authenticate_ = *std::move(access);
  return {};
}

result<void> gateway::start(node& on) {
  workers_ = std::make_unique<boost::asio::thread_pool>(cores());
  api_parts parts;
  parts.actors = &on.actors();
  parts.workers = workers_.get();
  parts.now = system_now;
  parts.max_report_bytes = on.chosen().max_report_bytes;
  parts.patience = std::chrono::seconds{settings_.request_seconds};
  const auto options = [&](const char* name, const std::vector<std::string>& addresses,
                           const char* role) {
    auto out = on.peer_options(name, addresses, role);
    out.request_time = parts.patience;
    out.max_requests = settings_.max_requests;
    return out;
  };
  if (!settings_.provers.empty()) {
    parts.provers = on.keep(actors::spawn_prover_peer(on.system(),
                                                      options("provers", settings_.provers,
                                                              protocol::role::prover),
                                                      on.peer_ports("provers")),
                            "provers");
    on.ready().depends_on(*parts.provers);
  }
  if (!settings_.verifiers.empty()) {
    parts.verifiers = on.keep(actors::spawn_verifier_peer(on.system(),
                                                          options("verifiers", settings_.verifiers,
                                                                  protocol::role::verifier),
                                                          on.peer_ports("verifiers")),
                              "verifiers");
    on.ready().depends_on(*parts.verifiers);
  }
  const auto what = std::make_shared<http::site>();
  what->routes = status_routes(on.ready(), on.figures(), program_name(on.who().is),
                               on.who().is.version, reasons::hidden);
  for (auto& route : api_routes(parts))
    what->routes.push_back(std::move(route));
  what->allowed = limits_of(settings_);
  what->authenticate = authenticate_;
  on.before_actors_end([this] {
    workers_->stop();
    workers_->join();
  });
  const auto where = on.serve("rest.listen", settings_.listen, settings_.tls, what, cores());
  if (!where)
    return where.error();
  on.announce(*where);
  return {};
}

} // namespace troth::services
