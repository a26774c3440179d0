#pragma once

#include "shared/appraisal/memory.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <mutex>

namespace troth::actors {

struct appraisal_memory_limits {
  std::size_t entries = 4'096;                        ///< Of items, of chains, and of silicon.
  std::size_t bytes = std::size_t{256} * 1024 * 1024; ///< Of signed items; parsed they take more.
  std::chrono::seconds lifetime = std::chrono::hours{1}; ///< Then it is verified again.
};

/// What appraisals of this process proved, for the next ones: the oldest goes first.
class appraisal_memory final : public appraisal::memory {
public:
  appraisal_memory(const appraisal_memory_limits& limits, std::function<time_point()> now)
    : now_(std::move(now)), items_(limits), chains_(limits), silicon_(limits) {
    // nop
  }

  std::shared_ptr<const appraisal::proven_chain> find_chain(const digest& key) override;
  std::shared_ptr<const appraisal::proven_item> find_item(const digest& key) override;
  std::shared_ptr<const appraisal::proven_silicon> find_silicon(const digest& key) override;
  void keep(const digest& key, std::shared_ptr<const appraisal::proven_chain> chain) override;
  void keep(const digest& key, std::shared_ptr<const appraisal::proven_item> item) override;
  void keep(const digest& key, std::shared_ptr<const appraisal::proven_silicon> proof) override;

private:
  /// Values by key, in the order they came.
  template <class T>
  class shelf {
  public:
    explicit shelf(const appraisal_memory_limits& limits) : limits_(limits) {
      // nop
    }

    std::shared_ptr<const T> find(const digest& key, time_point now);
    void keep(const digest& key, std::shared_ptr<const T> value, std::size_t size, time_point now);

  private:
    struct entry {
      digest key;
      std::shared_ptr<const T> value;
      std::size_t size_bytes;
      time_point until;
    };
    using entries = std::list<entry>;

    void drop(typename entries::iterator which);

    appraisal_memory_limits limits_;
    entries in_order_; // the oldest first
    std::map<digest, typename entries::iterator> by_key_;
    std::size_t size_bytes_ = 0;
  };

  std::function<time_point()> now_;
  std::mutex mutex_;
  shelf<appraisal::proven_item> items_;
  shelf<appraisal::proven_chain> chains_;
  shelf<appraisal::proven_silicon> silicon_;
};

} // namespace troth::actors
