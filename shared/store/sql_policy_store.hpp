#pragma once

#include "shared/store/database.hpp"
#include "shared/store/policy_store.hpp"

#include <memory>

namespace troth::store {

/// Keeps the policies of a fleet in a database.
class sql_policy_store final : public policy_store {
public:
  sql_policy_store(std::shared_ptr<database> where, std::size_t capacity);

  result<void> put(const policy_entry& what, std::string_view document) override;
  result<std::string> document(const std::string& name, const std::string& version) override;
  result<std::vector<policy_entry>> list() override;
  result<void> activate(const std::string& name, const std::string& version, scope whom) override;
  result<void> deactivate(const std::string& name) override;
  result<void> erase(const std::string& name, const std::string& version) override;
  result<std::uint64_t> generation() override;

private:
  const std::shared_ptr<database> database_;
  const long long capacity_;
};

} // namespace troth::store
