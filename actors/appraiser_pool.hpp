#pragma once

#include "actors/appraiser.hpp"
#include "actors/restart_limit.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstddef>
#include <functional>

namespace troth::actors {

/// How many appraisers there are and what may wait for them.
struct appraiser_pool_options {
  std::size_t workers = 1;
  std::size_t max_waiting = 64; ///< Appraisals, for each worker.
  restart_limits restarts{};    ///< Of all workers together.
};

struct appraiser_pool_ports {
  std::function<appraiser_actor(caf::actor_system&)> spawn;
  std::function<void(const caf::error& why)> restarted; ///< Told that a worker died.
};

/// Behavior of a pool: hands each appraisal to the worker with the fewest, and replaces workers
/// that die, and ends when too many do. What a dead worker had is answered with `internal`: it may
/// be what killed it.
///
/// Besides what an appraiser answers: `exhausted` if too much waits.
appraiser_actor::behavior_type appraiser_pool(appraiser_actor::pointer self,
                                              const appraiser_pool_options& options,
                                              const appraiser_pool_ports& ports);

} // namespace troth::actors
