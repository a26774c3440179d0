#include "shared/store/memory_outcome_store.hpp"

#include <numeric>

namespace troth::store {

namespace {

error not_found() {
  return {errc::not_found, "outcome"};
}

} // namespace

/// @pre `mutex_` is held.
void memory_outcome_store::expire(time_point now) {
  std::erase_if(all_, [&](const auto& each) { return each.second.until <= now; });
}

result<std::optional<outcome>> memory_outcome_store::begin(const std::string& id,
                                                           const std::string& digest,
                                                           time_point until, time_point now) {
  const std::lock_guard lock{mutex_};
  expire(now);
  if (const auto known = all_.find(id); known != all_.end()) {
    if (known->second.digest != digest)
      return error{errc::conflict, "outcome: something else was asked"};
    return std::optional{known->second.what};
  }
  if (all_.size() >= limits_.entries)
    return error{errc::exhausted, "store.outcome"};
  all_.emplace(id, entry{digest, {}, until});
  return std::optional<outcome>{};
}

result<void> memory_outcome_store::finish(const std::string& id, const outcome& what,
                                          time_point until, time_point now) {
  const std::lock_guard lock{mutex_};
  expire(now);
  const auto known = all_.find(id);
  if (known == all_.end())
    return not_found();
  const auto size = std::accumulate(all_.begin(), all_.end(), what.content.size(),
                                    [](std::size_t sum, const auto& each) {
                                      return sum + each.second.what.content.size();
                                    });
  if (size > limits_.bytes)
    return error{errc::exhausted, "store.outcome"};
  known->second.what = what;
  known->second.until = until;
  return {};
}

result<void> memory_outcome_store::forget(const std::string& id) {
  const std::lock_guard lock{mutex_};
  all_.erase(id);
  return {};
}

result<outcome> memory_outcome_store::find(const std::string& id, time_point now) {
  const std::lock_guard lock{mutex_};
  expire(now);
  const auto known = all_.find(id);
  if (known == all_.end())
    return not_found();
  return known->second.what;
}

} // namespace troth::store
