#include "shared/store/sql_reference_store.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <utility>

namespace troth::store {

namespace {

using attempt = database::attempt;
using soci::into;
using soci::use;

constexpr long long no_end = 0; // of `until_ns`

/// Has the verifiers look again; first in a transaction, so that two do not both read before
/// either writes.
void note_reference_change(soci::session& sql) {
  sql << "UPDATE troth_change SET number = number + 1 WHERE what = 'reference'";
}

error no_reference(const std::string& id) {
  return {errc::not_found, "reference value " + id};
}

void insert_reference(soci::session& sql, const reference_entry& what) {
  const auto created = to_ns(what.created);
  const auto until = what.until ? to_ns(*what.until) : no_end;
  const int is_active = what.is_active ? 1 : 0;
  sql << "INSERT INTO troth_reference "
         "(id, document, source, author, created_ns, until_ns, is_active) "
         "VALUES (:id, :document, :source, :author, :created, :until, :active) "
         "ON CONFLICT (id) DO NOTHING",
    use(what.id), use(what.document), use(what.source), use(what.author), use(created), use(until),
    use(is_active);
}

} // namespace

sql_reference_store::sql_reference_store(std::shared_ptr<database> where, std::size_t capacity)
  : database_(std::move(where)),
    capacity_(static_cast<long long>(std::min<std::size_t>(capacity, 1'000'000))) {
  // nop
}

result<void> sql_reference_store::put(std::span<const reference_entry> values) {
  const auto is_too_large = [](const reference_entry& one) {
    return one.document.size() > max_reference_bytes;
  };
  if (std::ranges::any_of(values, is_too_large))
    return error{errc::too_large, "store.reference"};
  return database_->run([&](soci::session& sql, attempt) -> result<void> {
    soci::transaction all{sql};
    note_reference_change(sql);
    for (const auto& one : values)
      insert_reference(sql, one);
    long long count = 0;
    sql << "SELECT count(*) FROM troth_reference", into(count);
    if (count > capacity_)
      return error{errc::exhausted, "store.reference"};
    all.commit();
    return {};
  });
}

result<std::vector<reference_entry>> sql_reference_store::list() {
  using entries = std::vector<reference_entry>;
  return database_->get<entries>([&](soci::session& sql, attempt) -> result<entries> {
    reference_entry one;
    long long created = 0;
    long long until = 0;
    int is_active = 0;
    soci::statement statement
      = (sql.prepare << "SELECT id, document, source, author, created_ns, until_ns, is_active "
                        "FROM troth_reference ORDER BY created_ns, id",
         into(one.id), into(one.document), into(one.source), into(one.author), into(created),
         into(until), into(is_active));
    entries out;
    statement.execute();
    while (statement.fetch()) {
      one.created = from_ns(created);
      one.until = until == no_end ? std::nullopt : std::optional{from_ns(until)};
      one.is_active = is_active != 0;
      out.push_back(one);
    }
    return out;
  });
}

result<void> sql_reference_store::set(const std::string& id, state to) {
  return database_->run([&](soci::session& sql, attempt) -> result<void> {
    soci::transaction all{sql};
    note_reference_change(sql);
    const int is_active = to == state::active ? 1 : 0;
    soci::statement statement
      = (sql.prepare << "UPDATE troth_reference SET is_active = :active WHERE id = :id",
         use(is_active), use(id));
    statement.execute(true);
    if (statement.get_affected_rows() == 0)
      return no_reference(id);
    all.commit();
    return {};
  });
}

result<void> sql_reference_store::erase(const std::string& id) {
  return database_->run([&](soci::session& sql, attempt which) -> result<void> {
    soci::transaction all{sql};
    note_reference_change(sql);
    soci::statement statement = (sql.prepare << "DELETE FROM troth_reference WHERE id = :id",
                                 use(id));
    statement.execute(true);
    if (statement.get_affected_rows() == 0 && which == attempt::first)
      return no_reference(id);
    all.commit();
    return {};
  });
}

result<std::uint64_t> sql_reference_store::generation() {
  return database_->get<std::uint64_t>([&](soci::session& sql, attempt) -> result<std::uint64_t> {
    long long number = 0;
    sql << "SELECT number FROM troth_change WHERE what = 'reference'", into(number);
    return static_cast<std::uint64_t>(number);
  });
}

} // namespace troth::store
