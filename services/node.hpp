#pragma once

#include "actors/host.hpp"
#include "actors/peer.hpp"
#include "actors/supervisor.hpp"
#include "services/bridge.hpp"
#include "services/command_line.hpp"
#include "services/common.hpp"
#include "services/http/listener.hpp"
#include "services/link_figures.hpp"
#include "services/logging.hpp"
#include "services/metrics.hpp"
#include "services/readiness.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troth::services {

/// Which process this is, and which it talks with.
struct identity {
  program is;
  std::string role;                 ///< As its certificate names it.
  std::vector<std::string> accepts; ///< Roles of those who dial it.
  std::vector<std::string> dials;   ///< Roles of those it dials.
};

/// A process while it serves: its actors, their links, its listeners, its log and figures.
class node {
public:
  /// Starts the actor system and the dialer. @returns as `link::transport::open`.
  static result<std::unique_ptr<node>> make(const identity& who, const common_options& chosen,
                                            std::size_t threads);
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  caf::actor_system& system() noexcept { return *system_; }
  const event_log& log() const noexcept { return log_; }
  metrics& figures() noexcept { return figures_; }
  const bridge& actors() const noexcept { return *bridge_; }
  readiness& ready() noexcept { return *ready_; }
  const common_options& chosen() const noexcept { return chosen_; }
  const identity& who() const noexcept { return who_; }

  /// Returns what an actor that is published here needs: whatever it answers stands in the log.
  actors::host_options host_options() const;

  /// Returns what a peer actor needs to stand for those at `addresses`.
  /// @param name for logs, figures and readiness: small letters.
  actors::peer_options peer_options(std::string name, std::vector<std::string> addresses,
                                    std::string role) const;
  actors::peer_ports peer_ports(const std::string& name);

  /// Keeps an actor until the process ends. If it dies another is spawned in its place, which the
  /// handle then leads to; if that happens too often the process ends with a malfunction.
  /// @param spawn called again for each; what it refers to must live as long as the process.
  template <class Spawn>
  auto keep(const char* name, Spawn spawn) {
    const auto supervisor
      = keep_any(name, [spawn = std::move(spawn)] { return caf::actor_cast<caf::actor>(spawn()); });
    return caf::actor_cast<decltype(spawn())>(supervisor);
  }

  /// Lets peers dial `actor` at the configured address, says so on standard output, and has the
  /// process be ready when the actor is.
  /// @returns `malformed`, `io`.
  template <class Handle>
  result<void> publish(const Handle& actor) {
    const auto at = link::parse_endpoint(chosen_.listen);
    if (!at)
      return error{at.error().code, "listen: " + at.error().where};
    const auto where = transport_->publish(actor, *at);
    if (!where)
      return where.error();
    published_.push_back(caf::actor_cast<caf::actor>(actor));
    ready_->depends_on(actor);
    announce(to_string(*where));
    return {};
  }

  /// Serves HTTP until the process ends. The log and the figures are filled in; who observes the
  /// site already still does.
  /// @returns `malformed`, `io`.
  result<link::address> serve(const std::string& key, const std::string& address,
                              const http::tls_files& tls, std::shared_ptr<http::site> what,
                              std::size_t threads);

  /// Has `call` called, in a thread of its own, while the listeners end: for doors that are none of
  /// them, so that all refuse new work at once and share the time for what is under way.
  void while_listeners_end(std::function<void()> call) { beside_.push_back(std::move(call)); }

  /// Has `call` called when the process ends: after its listeners, before its actors.
  void before_actors_end(std::function<void()> call) { at_end_.push_back(std::move(call)); }

  /// Says on standard output where the process serves.
  void announce(const std::string& where) const;

  /// Ends all that runs here, what is under way first. @returns whether nothing had failed.
  bool stop();

private:
  node(const identity& who, const common_options& chosen);
  void start(std::unique_ptr<link::transport> links);
  void finish_published();
  caf::actor keep_any(const char* name, std::function<caf::actor()> spawn);
  void observe(const std::string& listener, const http::observation& seen);

  const identity who_;
  const common_options chosen_;
  const event_log log_;
  metrics figures_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<bool> is_broken_ = false;
  std::vector<std::unique_ptr<http::listener>> listeners_; // outlive the actors that answer them
  std::unique_ptr<link::transport> transport_;             // outlives the actors that it links
  std::unique_ptr<link_figures> link_figures_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  link::dialer_actor dialer_;
  std::vector<caf::actor> kept_;
  std::vector<caf::actor> published_; // of those
  std::vector<std::function<void()>> beside_;
  std::vector<std::function<void()>> at_end_;
  std::unique_ptr<bridge> bridge_;
  std::unique_ptr<readiness> ready_;
};

} // namespace troth::services
