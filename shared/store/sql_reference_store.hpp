#pragma once

#include "shared/store/database.hpp"
#include "shared/store/reference_store.hpp"

#include <memory>

namespace troth::store {

/// Keeps the reference values of a fleet in a database.
class sql_reference_store final : public reference_store {
public:
  sql_reference_store(std::shared_ptr<database> where, std::size_t capacity);

  result<void> put(std::span<const reference_entry> values) override;
  result<std::vector<reference_entry>> list() override;
  result<void> set(const std::string& id, state to) override;
  result<void> erase(const std::string& id) override;
  result<std::uint64_t> generation() override;

private:
  const std::shared_ptr<database> database_;
  const long long capacity_;
};

} // namespace troth::store
