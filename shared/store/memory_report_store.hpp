#pragma once

#include "shared/store/report_store.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace troth::store {

/// Keeps the reports of one process, until it ends.
class memory_report_store final : public report_store {
public:
  explicit memory_report_store(const report_limits& limits) : limits_(limits) {
    // nop
  }

  result<void> put(const std::string& id, const bytes& content, time_point until,
                   time_point now) override;
  result<bytes> find(const std::string& id, time_point now) override;
  result<void> expire(time_point now) override;

private:
  struct entry {
    bytes content;
    time_point until;
    std::uint64_t number; ///< In the order in which they were kept.
  };
  using entries = std::map<std::string, entry>;

  void erase(entries::iterator which);
  void erase_expired(time_point now);

  const report_limits limits_;
  std::mutex mutex_;
  entries all_; // guarded by mutex_, as is what follows
  std::size_t size_bytes_ = 0;
  std::uint64_t last_number_ = 0;
};

} // namespace troth::store
