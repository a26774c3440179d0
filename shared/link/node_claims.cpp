#include "shared/link/node_claims.hpp"

namespace troth::link {

bool node_claims::claim(const node& which, const std::string& id) {
  const std::lock_guard lock{mutex_};
  auto& found = owners_[which];
  if (found.claims > 0 && found.id != id)
    return false;
  found.id = id;
  ++found.claims;
  return true;
}

void node_claims::release(const node& which) {
  const std::lock_guard lock{mutex_};
  const auto found = owners_.find(which);
  if (found != owners_.end() && --found->second.claims == 0)
    owners_.erase(found);
}

} // namespace troth::link
