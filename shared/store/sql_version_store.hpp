#pragma once

#include "shared/store/database.hpp"
#include "shared/store/version_store.hpp"

#include <memory>

namespace troth::store {

/// Keeps the versions that a fleet has seen in a database.
class sql_version_store final : public version_store {
public:
  /// @param capacity how many versions are kept, of all devices together.
  sql_version_store(std::shared_ptr<database> where, std::size_t capacity);

  result<version_changes> since(std::uint64_t number) override;
  result<void> learn(const std::string& device,
                     const std::map<std::string, time_point>& versions) override;

private:
  const std::shared_ptr<database> database_;
  const long long capacity_;
};

} // namespace troth::store
