#include "services/node.hpp"

#include "services/http/site.hpp"
#include "services/http/trace.hpp"
#include "services/ports.hpp"
#include "services/process.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <thread>
#include <utility>

namespace troth::services {

node::node(const identity& who, const common_options& chosen)
  : who_(who), chosen_(chosen),
    log_(who.is.service, parse_log_level(chosen.log_level),
         chosen.log_format == "json" ? log_format::json : log_format::text),
    figures_(who.is.service, who.is.version) {
  // nop
}

result<std::unique_ptr<node>> node::make(const identity& who, const common_options& chosen,
                                         std::size_t threads) {
  std::unique_ptr<node> made{new node{who, chosen}};
  made->config_.add_message_types<caf::id_block::troth>();
  auto users = link::find_local_users(chosen.unix_users, chosen.unix_groups);
  if (!users)
    return error{users.error().code, "unix: " + users.error().where};
  link::options links{chosen.tls, who.role, who.accepts, *std::move(users),
                      link::configure(made->config_, threads)};
  links.accepted_names = chosen.tls_names;
  links.grants = chosen.links.granted();
  links.note = [self = made.get()](const std::string& what) {
    self->log_.warning("link", {{"what", what}});
  };
  auto opened = link::transport::open(links);
  if (!opened)
    return opened.error();
  made->start(*std::move(opened));
  return made;
}

void node::start(std::unique_ptr<link::transport> links) {
  transport_ = std::move(links);
  link_figures_ = std::make_unique<link_figures>(transport_->counts(), figures_);
  figures_.before_text([this] { link_figures_->refresh(); });
  system_ = std::make_unique<caf::actor_system>(config_);
  dialer_ = keep("dialer", [this] { return transport_->spawn_dialer(*system_); });
  bridge_
    = std::make_unique<bridge>(keep("bridge", [this] { return system_->spawn(bridge_tasks); }));
  ready_ = std::make_unique<readiness>(*bridge_);
}

node::~node() {
  if (system_)
    stop();
}

actors::host_options node::host_options() const {
  actors::host_options out;
  out.ours = {protocol::protocol_major, protocol::protocol_minor, who_.role, chosen_.name,
              program_name(who_.is) + ' ' + who_.is.version};
  out.accepts = who_.accepts;
  out.transfers.max_body_bytes = chosen_.max_report_bytes;
  out.transfers.max_total_bytes = 8 * chosen_.max_report_bytes;
  out.told = [log = log_](std::string_view what, std::string_view code,
                          const protocol::request_context& of) {
    log.info("link.answered", {{"what", std::string{what}},
                               {"code", std::string{code}},
                               {"request", of.id},
                               {"trace", http::trace_id(of.trace)}});
  };
  return out;
}

actors::peer_options node::peer_options(std::string name, std::vector<std::string> addresses,
                                        std::string role) const {
  actors::peer_options out;
  out.name = std::move(name);
  for (auto& one : addresses)
    if (const auto at = link::parse_endpoint(one)) // they were checked
      one = to_string(*at);
  out.addresses = std::move(addresses);
  out.role = std::move(role);
  out.ours = host_options().ours;
  out.max_body_bytes = chosen_.max_report_bytes;
  return out;
}

actors::peer_ports node::peer_ports(const std::string& name) {
  const auto report = [this, name](actors::peer_event what, const std::string& address,
                                   const std::string& why, std::size_t connected) {
    constexpr std::array names{"connected", "lost", "failed", "refused"};
    const auto* event = names.at(static_cast<std::size_t>(what));
    const auto is_bad = what == actors::peer_event::lost || what == actors::peer_event::refused;
    log_.write(is_bad ? log_level::warning : log_level::info, std::string{"peer."} + event,
               {{"peer", name}, {"address", address}, {"why", why}});
    figures_.count("troth_peer_events_total", "What happened with peers",
                   {{"peer", name}, {"event", event}});
    figures_.set("troth_peers_connected", "Peers that are connected", {{"peer", name}},
                 static_cast<double>(connected));
  };
  figures_.set("troth_peers_connected", "Peers that are connected", {{"peer", name}}, 0);
  return {dialer_, system_now, jitter, kernel_random, report};
}

caf::actor node::keep_any(const char* name, std::function<caf::actor()> spawn) {
  const auto restarted = [this, name = std::string{name}](const caf::error& why) {
    log_.error("actor.restarted", {{"actor", name}, {"why", caf::to_string(why)}});
    figures_.count("troth_actor_restarts_total", "Actors that died and were replaced",
                   {{"actor", name}});
  };
  const auto made = system_->spawn(actors::supervisor, actors::restart_limits{},
                                   actors::supervisor_ports{std::move(spawn), restarted});
  made->attach_functor([this, name = std::string{name}](const caf::error& reason) {
    if (is_stopping_)
      return;
    log_.error("actor.ended", {{"actor", name}, {"why", caf::to_string(reason)}});
    is_broken_ = true;
    request_stop();
  });
  figures_.count("troth_actor_restarts_total", "Actors that died and were replaced",
                 {{"actor", name}}, 0);
  kept_.push_back(made);
  return made;
}

result<link::address> node::serve(const std::string& key, const std::string& address,
                                  const http::tls_files& tls, std::shared_ptr<http::site> what,
                                  std::size_t threads) {
  const auto at = read_address(key, address);
  if (!at)
    return at.error();
  what->make_id = make_request_id;
  const auto listener = key.substr(0, key.find('.'));
  what->observe = [this, listener, also = what->observe](const http::observation& seen) {
    observe(listener, seen);
    if (also)
      also(seen);
  };
  what->count_connections = [this, listener](std::size_t open) {
    figures_.set("troth_http_connections", "HTTP connections that are open",
                 {{"listener", listener}}, static_cast<double>(open));
  };
  auto opened = http::listener::open(*at, tls, std::move(what), threads);
  if (!opened)
    return opened.error();
  listeners_.push_back(*std::move(opened));
  return listeners_.back()->where();
}

void node::observe(const std::string& listener, const http::observation& seen) {
  const auto seconds = std::chrono::duration<double>(seen.time).count();
  const auto& route = seen.route.empty() ? std::string{"none"} : seen.route;
  const auto status = seen.answer.status;
  const auto status_class = std::to_string(status / 100) + "xx";
  figures_.count("troth_http_requests_total", "HTTP requests answered",
                 {{"listener", listener}, {"route", route}, {"status", status_class}});
  if (!seen.answer.code.empty())
    figures_.count("troth_http_refusals_total", "HTTP requests answered with a problem",
                   {{"listener", listener}, {"code", seen.answer.code}});
  for (const auto& [direction, size] :
       {std::pair{"received", seen.received_bytes}, std::pair{"sent", seen.sent_bytes}})
    figures_.count("troth_http_body_bytes_total", "Bytes of HTTP bodies",
                   {{"listener", listener}, {"direction", direction}}, static_cast<double>(size));
  figures_.observe_seconds("troth_http_request_seconds", "Time from request to answer",
                           {{"listener", listener}, {"route", route}}, seconds);
  const auto is_probe = route == "/healthz" || route == "/readyz" || route == "/metrics";
  const auto level = is_probe && (status < 400 || route == "/readyz") ? log_level::debug
                     : status >= 500                                  ? log_level::warning
                                                                      : log_level::info;
  log_.write(level, "http.answered",
             {{"request", seen.asked.id},
              {"trace", http::trace_id(seen.asked.trace)},
              {"client", seen.client},
              {"caller", seen.asked.who.name},
              {"method", seen.asked.method},
              {"path", seen.asked.path},
              {"status", std::to_string(status)},
              {"milliseconds", std::to_string(static_cast<long>(seconds * 1000))},
              {"received", std::to_string(seen.received_bytes)},
              {"sent", std::to_string(seen.sent_bytes)},
              {"code", seen.answer.code},
              {"why", seen.answer.why}});
}

void node::announce(const std::string& where) const {
  std::cout << "listening on " << where << std::endl;
}

/// Has those whom others dial finish, with the actors that they need still there.
void node::finish_published() {
  using clock = std::chrono::steady_clock;
  const auto until = clock::now() + std::chrono::seconds{chosen_.stop_seconds};
  caf::scoped_actor self{*system_};
  for (const auto& one : published_) {
    self->monitor(one);
    self->send_exit(one, caf::exit_reason::user_shutdown);
  }
  for (auto left = published_.size(); left > 0; --left)
    self->receive([](const caf::down_msg&) {},
                  caf::after(std::max(until - clock::now(), clock::duration::zero())) >> [] {});
  for (const auto& one : published_) // what has not finished will not
    self->send_exit(one, caf::exit_reason::kill);
  published_.clear();
}

bool node::stop() {
  is_stopping_ = true;
  ready_->withdraw("stopping");
  std::vector<std::jthread> others;
  for (const auto& call : beside_)
    others.emplace_back(call);
  for (const auto& one : listeners_)
    one->stop(std::chrono::seconds{chosen_.stop_seconds});
  others.clear(); // waits for them
  beside_.clear();
  for (const auto& call : at_end_)
    call();
  at_end_.clear();
  finish_published();
  {
    caf::scoped_actor self{*system_};
    for (auto at = kept_.rbegin(); at != kept_.rend(); ++at)
      self->send_exit(*at, caf::exit_reason::user_shutdown);
    for (const auto& one : kept_)
      self->wait_for(one); // and so none of them is spawned any more
  }
  kept_.clear();
  dialer_ = nullptr;
  ready_.reset();
  bridge_.reset();
  system_.reset(); // waits until all actors have ended
  listeners_.clear();
  return !is_broken_;
}

} // namespace troth::services
