#include "actors/collateral_keeper.hpp"

#include <caf/all.hpp>

#include <utility>

namespace troth::actors {

namespace {

void renew_what_is_due(const collateral_keeper_options& options, collateral::depot& depot) {
  std::size_t count = 0;
  for (const auto& name : depot.due()) {
    if (!name.starts_with(options.vendor))
      continue;
    if (count++ == options.renewed_at_a_time)
      return;
    (void)depot.renew(name); // the depot tells of it, and the next period tries again
  }
}

collateral_keeper_actor::behavior_type
keep_collateral(collateral_keeper_actor::pointer self, const collateral_keeper_options& options,
                const std::shared_ptr<collateral::depot>& depot) {
  self->delayed_send(self, options.period, renew_atom::value);
  return {
    [depot](collateral_atom, const std::vector<std::string>& names) {
      std::uint32_t count = 0;
      for (const auto& name : names)
        count += depot->get(name) ? 1 : 0;
      return count;
    },
    [self, options, depot](renew_atom) {
      renew_what_is_due(options, *depot);
      self->delayed_send(self, options.period, renew_atom::value);
    },
  };
}

} // namespace

collateral_keeper_actor spawn_collateral_keeper(caf::actor_system& system,
                                                const collateral_keeper_options& options,
                                                std::shared_ptr<collateral::depot> depot) {
  return system.spawn<caf::detached>(keep_collateral, options, std::move(depot));
}

} // namespace troth::actors
