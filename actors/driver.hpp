#pragma once

#include "actors/host.hpp"
#include "shared/device/anchor.hpp"
#include "shared/protocol/interfaces.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troth::actors {

struct driver_options {
  host_options host;
  std::string name; ///< What the machine calls itself where its key is certified.
};

/// All a driver does to the world outside its mailbox. Tests pass fakes.
struct driver_ports {
  /// What signs, in the order of their evidence; more than one where one machine's only count
  /// together.
  std::vector<std::shared_ptr<device::anchor>> anchors;
  protocol::est_actor est; ///< Who certifies an anchor's key; none for one that needs nobody.
  std::function<result<bytes>(std::size_t)> random;
  /// Told what is worth a line in the log, and on whose behalf it was done.
  std::function<void(const std::string& what, const protocol::request_context& of)> note;
};

/// Spawns the owner of trust anchors. It blocks while they work, so it has a thread of its own.
///
/// At its start, and again whenever that is due, it has an anchor's key certified, one at a time;
/// as long as nobody does, it asks again, ever less often, and is not ready.
protocol::driver_actor spawn_driver(caf::actor_system& system, driver_options options,
                                    driver_ports ports);

/// The same without a thread of its own: for tests, which say when it runs.
protocol::driver_actor spawn_driver_shared(caf::actor_system& system, driver_options options,
                                           driver_ports ports);

} // namespace troth::actors
