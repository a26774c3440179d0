#include "shared/store/memory_reference_store.hpp"

#include <algorithm>

namespace troth::store {

/// @pre `mutex_` is held.
std::vector<reference_entry>::iterator memory_reference_store::find(const std::string& id) {
  return std::ranges::find(all_, id, &reference_entry::id);
}

result<void> memory_reference_store::put(std::span<const reference_entry> values) {
  const std::lock_guard lock{mutex_};
  auto all = all_;
  for (const auto& one : values) {
    if (one.document.size() > max_reference_bytes)
      return error{errc::too_large, "store.reference"};
    if (std::ranges::find(all, one.id, &reference_entry::id) == all.end())
      all.push_back(one);
  }
  if (all.size() > capacity_)
    return error{errc::exhausted, "store.reference"};
  all_ = std::move(all);
  std::ranges::stable_sort(all_, {}, &reference_entry::created);
  ++generation_;
  return {};
}

result<std::vector<reference_entry>> memory_reference_store::list() {
  const std::lock_guard lock{mutex_};
  return all_;
}

result<void> memory_reference_store::set(const std::string& id, state to) {
  const std::lock_guard lock{mutex_};
  const auto known = find(id);
  if (known == all_.end())
    return error{errc::not_found, "reference value " + id};
  known->is_active = to == state::active;
  ++generation_;
  return {};
}

result<void> memory_reference_store::erase(const std::string& id) {
  const std::lock_guard lock{mutex_};
  const auto known = find(id);
  if (known == all_.end())
    return error{errc::not_found, "reference value " + id};
  all_.erase(known);
  ++generation_;
  return {};
}

result<std::uint64_t> memory_reference_store::generation() {
  const std::lock_guard lock{mutex_};
  return generation_;
}

} // namespace troth::store
