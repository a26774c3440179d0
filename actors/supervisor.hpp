#pragma once

#include "actors/restart_limit.hpp"

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/event_based_actor.hpp>

#include <functional>

namespace troth::actors {

struct supervisor_ports {
  std::function<caf::actor()> spawn;
  std::function<void(const caf::error& why)> restarted; ///< Told each time that another was needed.
};

/// Behavior of an actor that stands for another: it hands on all that it is sent, and has a new one
/// made when the other dies. Its handle stays good, and answers come from the other directly. What
/// the one that died had in hand is lost, and ends at its deadline.
///
/// Sent an exit, it ends the other first.
caf::behavior supervisor(caf::event_based_actor* self, const restart_limits& limits,
                         const supervisor_ports& ports);

} // namespace troth::actors
