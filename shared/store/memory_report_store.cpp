#include "shared/store/memory_report_store.hpp"

#include <algorithm>

namespace troth::store {

/// @pre `mutex_` is held.
void memory_report_store::erase(entries::iterator which) {
  size_bytes_ -= which->second.content.size();
  all_.erase(which);
}

/// @pre `mutex_` is held.
void memory_report_store::erase_expired(time_point now) {
  for (auto at = all_.begin(); at != all_.end();) {
    const auto each = at++;
    if (each->second.until <= now)
      erase(each);
  }
}

result<void> memory_report_store::put(const std::string& id, const bytes& content, time_point until,
                                      time_point now) {
  const std::lock_guard lock{mutex_};
  erase_expired(now);
  if (content.size() > limits_.bytes || limits_.entries == 0)
    return error{errc::too_large, "store.report"};
  if (all_.contains(id))
    return {};
  while (all_.size() >= limits_.entries || size_bytes_ + content.size() > limits_.bytes)
    erase(std::ranges::min_element(all_, {}, [](const auto& each) { return each.second.number; }));
  all_.emplace(id, entry{content, until, ++last_number_});
  size_bytes_ += content.size();
  return {};
}

result<bytes> memory_report_store::find(const std::string& id, time_point now) {
  const std::lock_guard lock{mutex_};
  erase_expired(now);
  const auto known = all_.find(id);
  if (known == all_.end())
    return error{errc::not_found, "report: none is kept of that appraisal"};
  return known->second.content;
}

result<void> memory_report_store::expire(time_point now) {
  const std::lock_guard lock{mutex_};
  erase_expired(now);
  return {};
}

} // namespace troth::store
