#include "services/gateway/gateway.hpp"

#include "services/gateway/api.hpp"
#include "services/gateway/audit_api.hpp"
#include "services/gateway/documentation.hpp"
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
  if (settings_.provers.empty() && settings_.verifiers.empty())
    return error{errc::missing, "provers, verifiers: one of them is needed"};
  const auto largest = wire::max_appraisal_bytes(chosen.max_report_bytes);
  if (settings_.max_body_bytes < largest)
    return error{errc::malformed,
                 "rest.maxBodyBytes: maxReportBytes demands " + std::to_string(largest)};
  auto callers = make_callers(settings_);
  if (!callers)
    return callers.error();
  callers_ = *std::move(callers);
  auto grpc_callers = make_grpc_callers(settings_);
  if (!grpc_callers)
    return grpc_callers.error();
  grpc_callers_ = *std::move(grpc_callers);
  auto coap_at = make_coap_addresses(settings_);
  if (!coap_at)
    return coap_at.error();
  coap_at_ = *std::move(coap_at);
  auto by_coap = make_coap_callers(settings_);
  if (!by_coap)
    return by_coap.error();
  coap_callers_ = *std::move(by_coap);
  auto at = make_socket_addresses(settings_);
  if (!at)
    return at.error();
  socket_at_ = *std::move(at);
  auto users = make_socket_callers(settings_);
  if (!users)
    return users.error();
  socket_callers_ = *std::move(users);
  return {};
}

std::vector<dialled_address> gateway::dials() const {
  std::vector<dialled_address> out;
  for (const auto& one : settings_.provers)
    out.push_back({"provers", one});
  for (const auto& one : settings_.verifiers)
    out.push_back({"verifiers", one});
  if (!settings_.est.empty())
    out.push_back({"est", settings_.est});
  return out;
}

operation_parts gateway::connect(node& on) const {
  operation_parts parts;
  parts.actors = &on.actors();
  parts.now = system_now;
  parts.max_report_bytes = on.chosen().max_report_bytes;
  parts.patience = std::chrono::seconds{settings_.request_seconds};
  parts.on_key_use = [this, &on](const key_use& seen) { note_key(on, seen); };
  const auto options = [&](const char* name, const std::vector<std::string>& addresses,
                           const char* role) {
    auto out = on.peer_options(name, addresses, role);
    out.request_time = parts.patience;
    out.max_requests = settings_.max_requests;
    return out;
  };
  if (!settings_.provers.empty()) {
    parts.provers = on.keep("provers", [&on, as = options("provers", settings_.provers,
                                                          protocol::role::prover)] {
      return actors::spawn_prover_peer(on.system(), as, on.peer_ports("provers"));
    });
    on.ready().depends_on(*parts.provers);
  }
  if (!settings_.verifiers.empty()) {
    parts.verifiers = on.keep("verifiers", [&on, as = options("verifiers", settings_.verifiers,
                                                              protocol::role::verifier)] {
      return actors::spawn_verifier_peer(on.system(), as, on.peer_ports("verifiers"));
    });
    on.ready().depends_on(*parts.verifiers);
  }
  if (!settings_.est.empty())
    parts.est = on.keep("est", [&on, as = options("est", {settings_.est}, protocol::role::est)] {
      return actors::spawn_est_peer(on.system(), as, on.peer_ports("est"));
    });
  return parts;
}

result<void> gateway::open_audit(node& on) {
  if (settings_.audit_file.empty())
    return {};
  auto opened = audit_log::open(settings_.audit_file, system_now);
  if (!opened)
    return opened.error();
  audit_ = *std::move(opened);
  // The end of a file can be cut off unnoticed: this says where it was.
  const auto say = [this, &on](const char* event) {
    const auto tail = audit_->tail();
    on.log().info(event, {{"lines", std::to_string(tail.count)}, {"hash", tail.hash}});
  };
  say("audit.opened");
  on.before_actors_end([say] { say("audit.closed"); });
  return {};
}

void gateway::note(node& on, const audit_entry& what) const {
  if (!audit_)
    return;
  if (const auto added = audit_->add(what); !added) {
    on.log().error("audit.failed", {{"why", to_string(added.error())}});
    on.ready().withdraw("audit: cannot be written");
  }
}

void gateway::note_key(node& on, const key_use& seen) const {
  on.log().info("keys.answered", {{"request", seen.request},
                                  {"client", seen.caller},
                                  {"operation", seen.action},
                                  {"key", seen.key},
                                  {"code", seen.code}});
  note(on,
       {seen.request, "keys", seen.caller, seen.action + (seen.key.empty() ? "" : ' ' + seen.key),
        seen.code.empty() ? "ok" : seen.code});
}

door_parts gateway::make_door(node& on) const {
  const auto observe = [this, &on](const door_observation& seen) {
    record(on.log(), on.figures(), seen);
    note(on,
         {seen.id, seen.door, seen.client, seen.operation, seen.code.empty() ? "ok" : seen.code});
  };
  return {&*operations_, workers_.get(), limits_of(settings_), busy_, make_request_id, observe};
}

result<void> gateway::open_rest(node& on) {
  const auto what = std::make_shared<http::site>();
  what->routes = status_routes(on.ready(), on.figures(), program_name(on.who().is),
                               on.who().is.version, reasons::hidden);
  for (auto& route : what->routes)
    if (!route.is_open)
      route.permit = [](const caller& who) { return check_access(who, action::read_state); };
  for (auto& route : documentation_routes())
    what->routes.push_back(std::move(route));
  for (auto& route :
       api_routes({&*operations_, workers_.get(), jobs_.get(), busy_,
                   std::chrono::seconds{settings_.keep_seconds}, on.who().is.version}))
    what->routes.push_back(std::move(route));
  if (audit_)
    what->routes.push_back(audit_route(*audit_, *workers_));
  what->allowed = limits_of(settings_);
  what->busy = busy_;
  what->authenticate = [this](const credentials& shown) { return callers_->find(shown); };
  what->observe = [this, &on](const http::observation& seen) {
    if (!seen.is_open)
      note(on,
           {seen.asked.id, "rest", seen.asked.who.name, seen.asked.method + ' ' + seen.asked.path,
            seen.answer.code.empty() ? "ok" : seen.answer.code});
  };
  const auto where = on.serve("rest.listen", settings_.listen, settings_.tls, what, cores());
  if (!where)
    return where.error();
  on.announce(to_string(*where));
  return {};
}

result<void> gateway::open_socket(node& on) {
  if (socket_at_.path.empty() && !socket_at_.tcp)
    return {};
  auto opened = socket_door::open(socket_at_, socket_callers_, make_door(on));
  if (!opened)
    return opened.error();
  socket_ = *std::move(opened);
  if (!socket_at_.path.empty())
    on.log().info("socket.listening", {{"address", "unix://" + socket_at_.path}});
  if (socket_at_.tcp) {
    const link::address real{socket_at_.tcp->host, socket_->port()};
    on.log().info("socket.listening", {{"address", "tcp://" + to_string(real)}});
  }
  return {};
}

result<void> gateway::open_grpc(node& on) {
  if (settings_.grpc_listen.empty())
    return {};
  const auto at = read_address("grpc.listen", settings_.grpc_listen);
  if (!at)
    return at.error();
  const auto who = [this](const credentials& shown) { return grpc_callers_->find(shown); };
  auto opened = grpc_door::open(*at, settings_.grpc_tls, who, make_door(on));
  if (!opened)
    return opened.error();
  grpc_ = *std::move(opened);
  const link::address real{at->host, grpc_->port()};
  on.log().info("grpc.listening", {{"address", "grpc://" + to_string(real)}});
  return {};
}

result<void> gateway::open_coap(node& on) {
  if (!coap_at_.plain && !coap_at_.secure)
    return {};
  auto opened = coap_door::open(coap_at_, coap_callers_, make_door(on));
  if (!opened)
    return opened.error();
  coap_ = *std::move(opened);
  if (coap_at_.plain)
    on.log().info("coap.listening", {{"address", "coap://" + to_string(*coap_at_.plain)}});
  if (coap_at_.secure)
    on.log().info("coap.listening", {{"address", "coaps://" + to_string(*coap_at_.secure)}});
  return {};
}

result<void> gateway::start(node& on) {
  workers_ = std::make_unique<boost::asio::thread_pool>(cores());
  jobs_ = std::make_unique<background_jobs>(settings_.max_requests);
  busy_->callers.set(rate_of(settings_));
  busy_->at_once.set(settings_.caller_max_requests);
  operations_.emplace(connect(on));
  const std::chrono::seconds patience{on.chosen().stop_seconds};
  on.while_listeners_end([this, patience] { jobs_->wait(patience); });
  on.while_listeners_end([this, patience] {
    if (socket_)
      socket_->stop(patience);
  });
  on.while_listeners_end([this, patience] {
    if (grpc_)
      grpc_->stop(patience);
  });
  on.while_listeners_end([this, patience] {
    if (coap_)
      coap_->stop(patience);
  });
  on.before_actors_end([this] {
    workers_->stop();
    workers_->join();
  });
  if (auto opened = open_audit(on); !opened)
    return opened;
  if (auto opened = open_socket(on); !opened)
    return opened;
  if (auto opened = open_grpc(on); !opened)
    return opened;
  if (auto opened = open_coap(on); !opened)
    return opened;
  return open_rest(on); // whose address says that all are open
}

} // namespace troth::services
