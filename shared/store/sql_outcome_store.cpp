#include "shared/store/sql_outcome_store.hpp"

#include "shared/base/base64.hpp"

#include <soci/soci.h>

#include <utility>

namespace troth::store {

namespace {

using attempt = database::attempt;
using soci::into;
using soci::use;

struct row {
  std::string digest;
  outcome what;
};

std::optional<row> find_row(soci::session& sql, const std::string& id, long long now) {
  row out;
  std::string content;
  sql << "SELECT digest, media_type, content FROM troth_outcome "
         "WHERE id = :id AND expires_ns > :now",
    use(id), use(now), into(out.digest), into(out.what.media_type), into(content);
  auto read = from_base64(content);
  if (!sql.got_data() || !read)
    return std::nullopt;
  out.what.content = *std::move(read);
  return out;
}

bool insert_request(soci::session& sql, const std::string& id, const std::string& digest,
                    long long until, long long capacity) {
  soci::statement statement
    = (sql.prepare
         << "INSERT INTO troth_outcome (id, digest, media_type, content, size_bytes, expires_ns) "
            "SELECT CAST(:id AS TEXT), CAST(:digest AS TEXT), '', '', 0, CAST(:until AS BIGINT) "
            "WHERE (SELECT count(*) FROM troth_outcome) < :capacity ON CONFLICT (id) DO NOTHING",
       use(id), use(digest), use(until), use(capacity));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

} // namespace

sql_outcome_store::sql_outcome_store(std::shared_ptr<database> where, const outcome_limits& limits)
  : database_(std::move(where)), limits_(limits) {
  // nop
}

result<std::optional<outcome>> sql_outcome_store::begin(const std::string& id,
                                                        const std::string& digest, time_point until,
                                                        time_point now) {
  using found = std::optional<outcome>;
  const auto now_ns = to_ns(now);
  const auto until_ns = to_ns(until);
  const auto capacity = static_cast<long long>(limits_.entries);
  return database_->get<found>([&](soci::session& sql, attempt which) -> result<found> {
    sql << "DELETE FROM troth_outcome WHERE expires_ns <= :now", use(now_ns);
    if (insert_request(sql, id, digest, until_ns, capacity))
      return found{};
    auto known = find_row(sql, id, now_ns);
    if (!known)
      return error{errc::exhausted, "store.outcome"};
    if (known->digest != digest)
      return error{errc::conflict, "outcome: something else was asked"};
    if (which == attempt::again && known->what.media_type.empty())
      return found{}; // the first attempt did it before the connection broke
    return found{std::move(known->what)};
  });
}

result<void> sql_outcome_store::finish(const std::string& id, const outcome& what, time_point until,
                                       time_point now) {
  const auto now_ns = to_ns(now);
  const auto until_ns = to_ns(until);
  const auto content = base64(what.content);
  const auto size = static_cast<long long>(what.content.size());
  const auto room = static_cast<long long>(limits_.bytes) - size;
  return database_->run([&](soci::session& sql, attempt) -> result<void> {
    soci::statement statement
      = (sql.prepare
           << "UPDATE troth_outcome SET media_type = :type, content = :content, "
              "size_bytes = :size, expires_ns = :until WHERE id = :id AND expires_ns > :now "
              "AND (SELECT COALESCE(SUM(size_bytes), 0) FROM troth_outcome) <= :room",
         use(what.media_type), use(content), use(size), use(until_ns), use(id), use(now_ns),
         use(room));
    statement.execute(true);
    if (statement.get_affected_rows() > 0)
      return {};
    if (find_row(sql, id, now_ns))
      return error{errc::exhausted, "store.outcome"};
    return error{errc::not_found, "outcome"};
  });
}

result<void> sql_outcome_store::forget(const std::string& id) {
  return database_->run([&](soci::session& sql, attempt) -> result<void> {
    sql << "DELETE FROM troth_outcome WHERE id = :id", use(id);
    return {};
  });
}

result<outcome> sql_outcome_store::find(const std::string& id, time_point now) {
  const auto now_ns = to_ns(now);
  return database_->get<outcome>([&](soci::session& sql, attempt) -> result<outcome> {
    auto known = find_row(sql, id, now_ns);
    if (!known)
      return error{errc::not_found, "outcome"};
    return std::move(known->what);
  });
}

} // namespace troth::store
