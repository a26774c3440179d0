#pragma once

#include "shared/store/outcome_store.hpp"

#include <map>
#include <mutex>
#include <string>

namespace troth::store {

/// Keeps the outcomes of one process, until it ends.
class memory_outcome_store final : public outcome_store {
public:
  explicit memory_outcome_store(const outcome_limits& limits) : limits_(limits) {
    // nop
  }

  result<std::optional<outcome>> begin(const std::string& id, const std::string& digest,
                                       time_point until, time_point now) override;
  result<void> finish(const std::string& id, const outcome& what, time_point until,
                      time_point now) override;
  result<void> forget(const std::string& id) override;
  result<outcome> find(const std::string& id, time_point now) override;

private:
  struct entry {
    std::string digest;
    outcome what;
    time_point until;
  };
  void expire(time_point now);

  const outcome_limits limits_;
  std::mutex mutex_;
  std::map<std::string, entry> all_; // guarded by mutex_
};

} // namespace troth::store
