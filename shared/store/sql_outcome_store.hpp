#pragma once

#include "shared/store/database.hpp"
#include "shared/store/outcome_store.hpp"

#include <memory>

namespace troth::store {

/// Keeps the outcomes of a fleet in a database. The limits hold to within what verifiers do at one
/// moment.
class sql_outcome_store final : public outcome_store {
public:
  sql_outcome_store(std::shared_ptr<database> where, const outcome_limits& limits);

  result<std::optional<outcome>> begin(const std::string& id, const std::string& digest,
                                       time_point until, time_point now) override;
  result<void> finish(const std::string& id, const outcome& what, time_point until,
                      time_point now) override;
  result<void> forget(const std::string& id) override;
  result<outcome> find(const std::string& id, time_point now) override;

private:
  const std::shared_ptr<database> database_;
  const outcome_limits limits_;
};

} // namespace troth::store
