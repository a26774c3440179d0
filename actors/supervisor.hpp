#pragma once

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/event_based_actor.hpp>

#include <chrono>
#include <cstddef>
#include <functional>

namespace troth::actors {

/// How often an actor may die.
struct supervisor_options {
  std::size_t max_restarts = 5; ///< One more within the time ends the supervisor, too.
  std::chrono::seconds within{60};
};

struct supervisor_ports {
  std::function<caf::actor()> spawn;
  std::function<void(const caf::error& why)> restarted; ///< Told each time that another was needed.
};

/// Behavior of an actor that stands for another: it hands on all that it is sent, and has a new one
/// made when the other dies. Its handle stays good, and answers come from the other directly. What
/// the one that died had in hand is lost, and ends at its deadline.
///
/// Sent an exit, it ends the other first.
caf::behavior supervisor(caf::event_based_actor* self, const supervisor_options& options,
                         const supervisor_ports& ports);

} // namespace troth::actors
