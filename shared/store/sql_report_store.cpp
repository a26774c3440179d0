#include "shared/store/sql_report_store.hpp"

#include "shared/base/base64.hpp"

#include <soci/soci.h>

#include <utility>

namespace troth::store {

namespace {

using attempt = database::attempt;
using soci::into;
using soci::use;

void erase_expired(soci::session& sql, long long now_ns) {
  sql << "DELETE FROM troth_report WHERE expires_ns <= :now", use(now_ns);
}

/// Forgets those that were kept longest ago, until the others fit.
void erase_oldest(soci::session& sql, const report_limits& limits) {
  for (;;) {
    long long count = 0;
    long long sum = 0;
    sql << "SELECT count(*), CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM troth_report",
      into(count), into(sum);
    if (count <= static_cast<long long>(limits.entries)
        && sum <= static_cast<long long>(limits.bytes))
      return;
    sql << "DELETE FROM troth_report WHERE number = (SELECT MIN(number) FROM troth_report)";
  }
}

} // namespace

sql_report_store::sql_report_store(std::shared_ptr<database> where, const report_limits& limits)
  : database_(std::move(where)), limits_(limits) {
  // nop
}

result<void> sql_report_store::put(const std::string& id, const bytes& content, time_point until,
                                   time_point now) {
  if (content.size() > limits_.bytes || limits_.entries == 0)
    return error{errc::too_large, "store.report"};
  const auto now_ns = to_ns(now);
  const auto until_ns = to_ns(until);
  const auto size = static_cast<long long>(content.size());
  const auto text = base64(content);
  return database_->run([&](soci::session& sql, attempt) -> result<void> {
    soci::transaction all{sql};
    erase_expired(sql, now_ns);
    sql << "UPDATE troth_change SET number = number + 1 WHERE what = 'report'";
    sql << "INSERT INTO troth_report (id, content, size_bytes, expires_ns, number) "
           "SELECT CAST(:id AS TEXT), CAST(:content AS TEXT), CAST(:size AS BIGINT), "
           "CAST(:until AS BIGINT), number FROM troth_change WHERE what = 'report' "
           "ON CONFLICT (id) DO NOTHING",
      use(id), use(text), use(size), use(until_ns);
    erase_oldest(sql, limits_);
    all.commit();
    return {};
  });
}

result<bytes> sql_report_store::find(const std::string& id, time_point now) {
  const auto now_ns = to_ns(now);
  return database_->get<bytes>([&](soci::session& sql, attempt) -> result<bytes> {
    std::string content;
    sql << "SELECT content FROM troth_report WHERE id = :id AND expires_ns > :now", use(id),
      use(now_ns), into(content);
    if (!sql.got_data())
      return error{errc::not_found, "report: none is kept of that appraisal"};
    auto read = from_base64(content);
    if (!read)
      return error{errc::io, "store.report: not what was put"};
    return read;
  });
}

result<void> sql_report_store::expire(time_point now) {
  const auto now_ns = to_ns(now);
  return database_->run([&](soci::session& sql, attempt) -> result<void> {
    erase_expired(sql, now_ns);
    return {};
  });
}

} // namespace troth::store
