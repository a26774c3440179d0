#pragma once

#include "shared/store/reference_store.hpp"

#include <mutex>
#include <vector>

namespace troth::store {

/// Keeps the reference values of one process, until it ends.
class memory_reference_store final : public reference_store {
public:
  explicit memory_reference_store(std::size_t capacity) : capacity_(capacity) {
    // nop
  }

  result<void> put(std::span<const reference_entry> values) override;
  result<std::vector<reference_entry>> list() override;
  result<void> set(const std::string& id, state to) override;
  result<void> erase(const std::string& id) override;
  result<std::uint64_t> generation() override;

private:
  std::vector<reference_entry>::iterator find(const std::string& id);

  const std::size_t capacity_;
  std::mutex mutex_; // guards what follows
  std::vector<reference_entry> all_;
  std::uint64_t generation_ = 0;
};

} // namespace troth::store
