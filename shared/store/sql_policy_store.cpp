#include "shared/store/sql_policy_store.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace troth::store {

namespace {

using attempt = database::attempt;
using soci::into;
using soci::use;

error not_found(const std::string& name, const std::string& version) {
  return {errc::not_found, "policy " + name + '@' + version};
}

/// @returns the digest of a version, if it is there.
std::optional<std::string> find_digest(soci::session& sql, const std::string& name,
                                       const std::string& version) {
  std::string digest;
  sql << "SELECT digest FROM troth_policy WHERE name = :name AND version = :version", use(name),
    use(version), into(digest);
  return sql.got_data() ? std::optional{digest} : std::nullopt;
}

bool insert(soci::session& sql, const policy_entry& what, const std::string& document,
            long long capacity) {
  const auto created = to_ns(what.created);
  soci::statement statement
    = (sql.prepare
         << "INSERT INTO troth_policy (name, version, document, digest, author, created_ns) "
            "SELECT CAST(:name AS TEXT), CAST(:version AS TEXT), CAST(:document AS TEXT), "
            "CAST(:digest AS TEXT), CAST(:author AS TEXT), CAST(:created AS BIGINT) "
            "WHERE (SELECT count(*) FROM troth_policy) < :capacity "
            "ON CONFLICT (name, version) DO NOTHING",
       use(what.name), use(what.version), use(document), use(what.digest), use(what.author),
       use(created), use(capacity));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

/// Has the verifiers look again.
void note_change(soci::session& sql) {
  sql << "UPDATE troth_change SET number = number + 1 WHERE what = 'policy'";
}

} // namespace

sql_policy_store::sql_policy_store(std::shared_ptr<database> where, std::size_t capacity)
  : database_(std::move(where)),
    capacity_(static_cast<long long>(std::min<std::size_t>(capacity, 1'000'000))) {
  // nop
}

result<void> sql_policy_store::put(const policy_entry& what, std::string_view document) {
  if (document.size() > max_policy_bytes || what.name.size() > max_policy_name_bytes
      || what.version.size() > max_policy_name_bytes)
    return error{errc::too_large, "store.policy"};
  const std::string text{document};
  return database_->run([&](soci::session& sql, attempt) -> result<void> {
    if (insert(sql, what, text, capacity_))
      return {};
    const auto known = find_digest(sql, what.name, what.version);
    if (!known)
      return error{errc::exhausted, "store.policy"};
    if (*known == what.digest)
      return {};
    return error{errc::conflict, "policy " + what.name + '@' + what.version + ": is another one"};
  });
}

result<std::string> sql_policy_store::document(const std::string& name,
                                               const std::string& version) {
  return database_->get<std::string>([&](soci::session& sql, attempt) -> result<std::string> {
    std::string out;
    sql << "SELECT document FROM troth_policy WHERE name = :name AND version = :version", use(name),
      use(version), into(out);
    if (!sql.got_data())
      return not_found(name, version);
    return out;
  });
}

result<std::vector<policy_entry>> sql_policy_store::list() {
  using entries = std::vector<policy_entry>;
  return database_->get<entries>([&](soci::session& sql, attempt) -> result<entries> {
    policy_entry one;
    long long created = 0;
    int is_active = 0;
    int is_default = 0;
    soci::statement statement
      = (sql.prepare
           << "SELECT p.name, p.version, p.digest, p.author, p.created_ns, "
              "CASE WHEN a.version IS NULL THEN 0 ELSE 1 END, COALESCE(a.is_default, 0) "
              "FROM troth_policy p LEFT JOIN troth_policy_active a "
              "ON a.name = p.name AND a.version = p.version ORDER BY p.name, p.created_ns",
         into(one.name), into(one.version), into(one.digest), into(one.author), into(created),
         into(is_active), into(is_default));
    entries out;
    statement.execute();
    while (statement.fetch()) {
      one.created = from_ns(created);
      one.is_active = is_active != 0;
      one.is_default = is_default != 0;
      out.push_back(one);
    }
    return out;
  });
}

result<void> sql_policy_store::activate(const std::string& name, const std::string& version,
                                        scope whom) {
  return database_->run([&](soci::session& sql, attempt) -> result<void> {
    soci::transaction all{sql};
    const int is_default = whom == scope::everybody ? 1 : 0;
    note_change(sql); // first, so that two do not both read before either writes
    if (!find_digest(sql, name, version))
      return not_found(name, version);
    if (whom == scope::everybody)
      sql << "UPDATE troth_policy_active SET is_default = 0";
    sql << "INSERT INTO troth_policy_active (name, version, is_default) "
           "VALUES (:name, :version, :is_default) "
           "ON CONFLICT (name) DO UPDATE SET version = excluded.version, is_default = "
           "CASE WHEN excluded.is_default = 1 THEN 1 ELSE troth_policy_active.is_default END",
      use(name), use(version), use(is_default);
    all.commit();
    return {};
  });
}

result<void> sql_policy_store::deactivate(const std::string& name) {
  return database_->run([&](soci::session& sql, attempt which) -> result<void> {
    soci::transaction all{sql};
    note_change(sql);
    soci::statement statement
      = (sql.prepare << "DELETE FROM troth_policy_active WHERE name = :name", use(name));
    statement.execute(true);
    if (statement.get_affected_rows() == 0 && which == attempt::first)
      return error{errc::not_found, "policy " + name + ": none is active"};
    all.commit();
    return {};
  });
}

result<void> sql_policy_store::erase(const std::string& name, const std::string& version) {
  return database_->run([&](soci::session& sql, attempt which) -> result<void> {
    soci::transaction all{sql};
    note_change(sql); // waits for whoever activates it just now
    soci::statement statement
      = (sql.prepare << "DELETE FROM troth_policy WHERE name = :name AND version = :version "
                        "AND NOT EXISTS (SELECT 1 FROM troth_policy_active a "
                        "WHERE a.name = troth_policy.name AND a.version = troth_policy.version)",
         use(name), use(version));
    statement.execute(true);
    if (statement.get_affected_rows() == 0) {
      if (find_digest(sql, name, version))
        return error{errc::conflict, "policy " + name + '@' + version + ": is active"};
      if (which == attempt::first)
        return not_found(name, version);
    }
    all.commit();
    return {};
  });
}

result<std::uint64_t> sql_policy_store::generation() {
  return database_->get<std::uint64_t>([&](soci::session& sql, attempt) -> result<std::uint64_t> {
    long long number = 0;
    sql << "SELECT number FROM troth_change WHERE what = 'policy'", into(number);
    return static_cast<std::uint64_t>(number);
  });
}

} // namespace troth::store
