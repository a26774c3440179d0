#pragma once

#include "actors/host.hpp"
#include "actors/key_keeper.hpp"
#include "actors/metadata_cache.hpp"
#include "actors/status_client.hpp"
#include "shared/protocol/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace troth::actors {

/// A trust anchor that a prover asks.
struct prover_driver {
  std::string name; ///< For errors, e.g. its address.
  protocol::driver_actor handle;
  bool is_optional = false; ///< Without its evidence a report is made all the same.
};

struct prover_options {
  host_options host;
  std::string name;                          ///< What the machine calls itself in its reports.
  std::chrono::milliseconds time{30'000};    ///< For a report, unless its request says less.
  std::chrono::milliseconds patience{5'000}; ///< With a needed driver that is away for a moment.
  std::size_t max_waiting = 64;              ///< Requests that wait for their turn.
  std::chrono::seconds refresh_pause{30};    ///< Between two looks for new metadata.
  std::optional<std::size_t> container_driver = {}; ///< Which driver measures containers.
};

/// All a prover does to the world outside its mailbox. Tests pass fakes.
struct prover_ports {
  std::vector<prover_driver> drivers;
  protocol::est_actor est; ///< Who has the metadata; none: reports carry what the cache has.
  std::shared_ptr<metadata_cache> cache;
  std::function<time_point()> now;
  std::function<result<bytes>(std::size_t)> random;

  /// Told what is worth a line in the log, and on whose behalf it was done.
  std::function<void(const std::string& what, const protocol::request_context& of)> note;

  /// Spawns who keeps the machine's TLS keys, and has reports made by the prover for them; none:
  /// nobody does. It ends with the prover.
  std::function<key_keeper_actor(const report_maker_actor& prover)> spawn_keeper = {};

  status_client_actor status_client = {}; ///< Asks for the status of manifests; none: nobody does.
  std::set<std::string> status_servers = {};           ///< URLs of those it may ask.
  std::shared_ptr<metadata_cache> status_answers = {}; ///< Where what they say is kept.
};

/// Spawns the maker of reports. It keeps metadata in files, so it has a thread of its own.
///
/// Reports are made one after the other, since a driver's evidence fits the logs it gave last.
/// If the machine measured something in between the drivers are asked again, up to three times.
/// Sent an exit of `user_shutdown`, it finishes what it has begun first: see `host`.
protocol::prover_actor spawn_prover(caf::actor_system& system, prover_options options,
                                    prover_ports ports);

/// The same without a thread of its own: for tests, which say when it runs.
protocol::prover_actor spawn_prover_shared(caf::actor_system& system, prover_options options,
                                           prover_ports ports);

} // namespace troth::actors
