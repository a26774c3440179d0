#pragma once

#include "shared/store/database.hpp"
#include "shared/store/report_store.hpp"

#include <memory>
#include <string>

namespace troth::store {

/// Keeps the reports of a fleet in a database.
class sql_report_store final : public report_store {
public:
  sql_report_store(std::shared_ptr<database> where, const report_limits& limits);

  result<void> put(const std::string& id, const bytes& content, time_point until,
                   time_point now) override;
  result<bytes> find(const std::string& id, time_point now) override;
  result<void> expire(time_point now) override;

private:
  const std::shared_ptr<database> database_;
  const report_limits limits_;
};

} // namespace troth::store
