#pragma once

#include "shared/store/policy_store.hpp"

#include <mutex>
#include <string>
#include <vector>

namespace troth::store {

/// Keeps the policies of one process, until it ends.
class memory_policy_store final : public policy_store {
public:
  explicit memory_policy_store(std::size_t capacity) : capacity_(capacity) {
    // nop
  }

  result<void> put(const policy_entry& what, std::string_view document) override;
  result<std::string> document(const std::string& name, const std::string& version) override;
  result<std::vector<policy_entry>> list() override;
  result<void> activate(const std::string& name, const std::string& version, scope whom) override;
  result<void> deactivate(const std::string& name) override;
  result<void> erase(const std::string& name, const std::string& version) override;
  result<std::uint64_t> generation() override;

private:
  struct kept {
    policy_entry entry;
    std::string document;
  };
  std::vector<kept>::iterator find(const std::string& name, const std::string& version);

  const std::size_t capacity_;
  std::mutex mutex_; // guards what follows
  std::vector<kept> all_;
  std::uint64_t generation_ = 0;
};

} // namespace troth::store
