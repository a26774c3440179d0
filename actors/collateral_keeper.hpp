#pragma once

#include "shared/collateral/depot.hpp"

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troth::actors {

using collateral_atom = caf::atom_constant<caf::atom("collateral")>;
using renew_atom = caf::atom_constant<caf::atom("renew")>;

/// Brings into a depot what it lacks, and renews what is due. Within one process only.
///
/// - `collateral, names` -> how many of these items are now there.
/// - `renew`, which it tells itself.
using collateral_keeper_actor = caf::typed_actor<
  caf::replies_to<collateral_atom, std::vector<std::string>>::with<std::uint32_t>,
  caf::reacts_to<renew_atom>>;

struct collateral_keeper_options {
  std::string vendor;                ///< Whose items it renews: how their names begin.
  std::chrono::seconds period{60};   ///< Between two looks at what is due.
  std::size_t renewed_at_a_time = 8; ///< In each period.
};

/// Spawns a keeper. It waits for vendors' services, so it has a thread of its own.
collateral_keeper_actor spawn_collateral_keeper(caf::actor_system& system,
                                                const collateral_keeper_options& options,
                                                std::shared_ptr<collateral::depot> depot);

} // namespace troth::actors
