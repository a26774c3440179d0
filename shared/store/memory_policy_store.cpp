#include "shared/store/memory_policy_store.hpp"

#include <algorithm>

namespace troth::store {

namespace {

error not_found(const std::string& name, const std::string& version) {
  return {errc::not_found, "policy " + name + '@' + version};
}

} // namespace

/// @pre `mutex_` is held.
std::vector<memory_policy_store::kept>::iterator
memory_policy_store::find(const std::string& name, const std::string& version) {
  return std::ranges::find_if(all_, [&](const kept& one) {
    return one.entry.name == name && one.entry.version == version;
  });
}

result<void> memory_policy_store::put(const policy_entry& what, std::string_view document) {
  if (document.size() > max_policy_bytes || what.name.size() > max_policy_name_bytes
      || what.version.size() > max_policy_name_bytes)
    return error{errc::too_large, "store.policy"};
  const std::lock_guard lock{mutex_};
  if (const auto known = find(what.name, what.version); known != all_.end()) {
    if (known->document == document)
      return {};
    return error{errc::conflict, "policy " + what.name + '@' + what.version + ": is another one"};
  }
  if (all_.size() >= capacity_)
    return error{errc::exhausted, "store.policy"};
  auto entry = what;
  entry.is_active = entry.is_default = false;
  all_.push_back({std::move(entry), std::string{document}});
  return {};
}

result<std::string> memory_policy_store::document(const std::string& name,
                                                  const std::string& version) {
  const std::lock_guard lock{mutex_};
  const auto known = find(name, version);
  if (known == all_.end())
    return not_found(name, version);
  return known->document;
}

result<std::vector<policy_entry>> memory_policy_store::list() {
  const std::lock_guard lock{mutex_};
  std::vector<policy_entry> out;
  for (const auto& one : all_)
    out.push_back(one.entry);
  std::ranges::stable_sort(out, {}, [](const policy_entry& one) {
    return std::pair{one.name, one.created};
  });
  return out;
}

result<void> memory_policy_store::activate(const std::string& name, const std::string& version,
                                           scope whom) {
  const std::lock_guard lock{mutex_};
  const auto chosen = find(name, version);
  if (chosen == all_.end())
    return not_found(name, version);
  auto is_default = whom == scope::everybody;
  for (auto& one : all_) {
    if (one.entry.name == name) {
      is_default = is_default || one.entry.is_default;
      one.entry.is_active = one.entry.is_default = false;
    }
    if (whom == scope::everybody)
      one.entry.is_default = false;
  }
  chosen->entry.is_active = true;
  chosen->entry.is_default = is_default;
  ++generation_;
  return {};
}

result<void> memory_policy_store::deactivate(const std::string& name) {
  const std::lock_guard lock{mutex_};
  const auto active = std::ranges::find_if(all_, [&](const kept& one) {
    return one.entry.name == name && one.entry.is_active;
  });
  if (active == all_.end())
    return error{errc::not_found, "policy " + name + ": none is active"};
  active->entry.is_active = active->entry.is_default = false;
  ++generation_;
  return {};
}

result<void> memory_policy_store::erase(const std::string& name, const std::string& version) {
  const std::lock_guard lock{mutex_};
  const auto known = find(name, version);
  if (known == all_.end())
    return not_found(name, version);
  if (known->entry.is_active)
    return error{errc::conflict, "policy " + name + '@' + version + ": is active"};
  all_.erase(known);
  return {};
}

result<std::uint64_t> memory_policy_store::generation() {
  const std::lock_guard lock{mutex_};
  return generation_;
}

} // namespace troth::store
