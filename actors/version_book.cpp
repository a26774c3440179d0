#include "actors/version_book.hpp"

#include <algorithm>

namespace troth::actors {

/// @pre `mutex_` is held.
version_book::versions& version_book::of_device(const std::string& device) {
  if (!devices_.contains(device) && devices_.size() >= max_devices)
    devices_.erase(devices_.begin());
  return devices_[device];
}

result<void> version_book::refresh() {
  if (!store_)
    return {};
  std::uint64_t number = 0;
  {
    const std::lock_guard lock{mutex_};
    number = number_;
  }
  const auto changes = store_->since(number);
  if (!changes)
    return changes.error();
  const std::lock_guard lock{mutex_};
  for (const auto& one : changes->entries) {
    auto& newest = of_device(one.device)[one.item];
    newest = std::max(newest, one.version);
  }
  number_ = changes->number;
  return {};
}

std::optional<time_point> version_book::newest(const std::string& device,
                                               const std::string& item) const {
  const std::lock_guard lock{mutex_};
  const auto known = devices_.find(device);
  if (known == devices_.end())
    return std::nullopt;
  const auto at = known->second.find(item);
  return at == known->second.end() ? std::nullopt : std::optional{at->second};
}

void version_book::learn(const report::attestation_result& result) {
  if (result.summary.says == report::status::fail || result.device.empty())
    return;
  const std::lock_guard lock{mutex_};
  auto& known = of_device(result.device);
  for (const auto& [item, version] : result.versions) {
    auto& newest = known[item];
    if (newest >= version)
      continue;
    newest = version;
    if (store_)
      changed_[result.device][item] = version;
  }
}

void version_book::flush() {
  std::map<std::string, versions> due;
  {
    const std::lock_guard lock{mutex_};
    due.swap(changed_);
  }
  for (const auto& [device, known] : due) {
    const auto written = store_->learn(device, known);
    if (written)
      continue;
    note_("versions: " + to_string(written.error()));
    const std::lock_guard lock{mutex_};
    for (const auto& [item, version] : known) {
      auto& newest = changed_[device][item];
      newest = std::max(newest, version);
    }
  }
}

} // namespace troth::actors
