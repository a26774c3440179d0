#include "shared/store/schema.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace troth::store {

namespace {

/// The tables of one store.
struct component {
  const char* name;
  int version;
  std::vector<const char*> statements; ///< That make them.
};

const std::vector<component>& components() {
  static const std::vector<component> all{
    {"challenge",
     schema_version,
     {"CREATE TABLE troth_challenge ("
      "id TEXT PRIMARY KEY, "        // hex, for an id may hold any bytes
      "nonce TEXT NOT NULL, "        // hex
      "expires_ns BIGINT NOT NULL)", // since 1970
      "CREATE INDEX troth_challenge_expires ON troth_challenge (expires_ns)"}},
    {"policy",
     schema_version,
     {"CREATE TABLE troth_policy ("
      "name TEXT NOT NULL, version TEXT NOT NULL, document TEXT NOT NULL, digest TEXT NOT NULL, "
      "author TEXT NOT NULL, created_ns BIGINT NOT NULL, PRIMARY KEY (name, version))",
      "CREATE TABLE troth_policy_active ("
      "name TEXT PRIMARY KEY, version TEXT NOT NULL, is_default INTEGER NOT NULL)",
      "CREATE TABLE troth_change (what TEXT PRIMARY KEY, number BIGINT NOT NULL)",
      "INSERT INTO troth_change (what, number) VALUES ('policy', 0)"}},
    {"version",
     schema_version,
     {"CREATE TABLE troth_version ("
      "device TEXT NOT NULL, item TEXT NOT NULL, " // hex both
      "version_ns BIGINT NOT NULL, change_number BIGINT NOT NULL, PRIMARY KEY (device, item))",
      "CREATE INDEX troth_version_change ON troth_version (change_number)",
      "INSERT INTO troth_change (what, number) VALUES ('version', 0)"}},
    {"reference",
     schema_version,
     {"CREATE TABLE troth_reference ("
      "id TEXT PRIMARY KEY, document TEXT NOT NULL, source TEXT NOT NULL, author TEXT NOT NULL, "
      "created_ns BIGINT NOT NULL, until_ns BIGINT NOT NULL, " // 0: for ever
      "is_active INTEGER NOT NULL)",
      "INSERT INTO troth_change (what, number) VALUES ('reference', 0)"}},
    {"outcome",
     schema_version,
     {"CREATE TABLE troth_outcome ("
      "id TEXT PRIMARY KEY, digest TEXT NOT NULL, media_type TEXT NOT NULL, "
      "content TEXT NOT NULL, " // base64
      "size_bytes BIGINT NOT NULL, expires_ns BIGINT NOT NULL)",
      "CREATE INDEX troth_outcome_expires ON troth_outcome (expires_ns)"}},
    {"peer",
     schema_version,
     {"CREATE TABLE troth_peer ("
      "peer TEXT PRIMARY KEY, number BIGINT NOT NULL, size_bytes BIGINT NOT NULL)",
      "CREATE TABLE troth_peer_item ("
      "peer TEXT NOT NULL, digest TEXT NOT NULL, content TEXT NOT NULL, " // base64
      "PRIMARY KEY (peer, digest))",
      "INSERT INTO troth_change (what, number) VALUES ('peer', 0)"}},
    {"report",
     schema_version,
     {"CREATE TABLE troth_report ("
      "id TEXT PRIMARY KEY, content TEXT NOT NULL, " // base64
      "size_bytes BIGINT NOT NULL, expires_ns BIGINT NOT NULL, number BIGINT NOT NULL)",
      "CREATE INDEX troth_report_expires ON troth_report (expires_ns)",
      "CREATE INDEX troth_report_number ON troth_report (number)",
      "INSERT INTO troth_change (what, number) VALUES ('report', 0)"}},
  };
  return all;
}

/// Returns whether there are tables of ours.
bool is_made(soci::session& sql, engine kind) {
  int count = 0;
  if (kind
      == engine::postgresql) // not to_regclass: its cache may be older than a lock we waited for
    sql << "SELECT count(*) FROM pg_tables "
           "WHERE tablename = 'troth_schema' AND schemaname = ANY (current_schemas(false))",
      soci::into(count);
  else
    sql << "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'troth_schema'",
      soci::into(count);
  return count != 0;
}

/// Returns the version of each store's tables that are there.
std::map<std::string, int> found_versions(soci::session& sql, engine kind) {
  std::map<std::string, int> out;
  if (!is_made(sql, kind))
    return out;
  std::string name;
  int version = 0;
  soci::statement statement = (sql.prepare << "SELECT name, version FROM troth_schema",
                               soci::into(name), soci::into(version));
  statement.execute();
  while (statement.fetch())
    out[name] = version;
  return out;
}

bool is_complete(const std::map<std::string, int>& found) {
  return std::ranges::all_of(components(),
                             [&](const component& one) { return found.contains(one.name); });
}

/// Begins a transaction that one process has at a time.
void begin_alone(soci::session& sql, engine kind) {
  if (kind == engine::sqlite3) {
    sql << "BEGIN IMMEDIATE";
    return;
  }
  sql.begin();
  sql << "SELECT pg_advisory_xact_lock(8390876214116969)"; // any number, always this one
}

/// Makes what is missing.
void create(soci::session& sql, engine kind) {
  const auto found = found_versions(sql, kind); // another process may have been faster
  if (!is_made(sql, kind))
    sql << "CREATE TABLE troth_schema (name VARCHAR(64) PRIMARY KEY, version INTEGER NOT NULL)";
  for (const auto& one : components()) {
    if (found.contains(one.name))
      continue;
    for (const auto* const statement : one.statements)
      sql << statement;
    const std::string name{one.name};
    sql << "INSERT INTO troth_schema (name, version) VALUES (:name, :version)", soci::use(name),
      soci::use(one.version);
  }
}

} // namespace

result<void> make_tables(soci::session& sql, engine kind) {
  auto found = found_versions(sql, kind);
  if (!is_complete(found)) {
    if (kind == engine::sqlite3)
      sql << "PRAGMA journal_mode = WAL"; // stays with the file; one fsync a commit
    begin_alone(sql, kind);
    create(sql, kind);
    sql.commit(); // not done if anything threw: the caller drops the connection
    found = found_versions(sql, kind);
  }
  for (const auto& one : components())
    if (found[one.name] > one.version)
      return error{errc::unsupported, std::string{"store.schema: got version "}
                                        + std::to_string(found[one.name]) + " of " + one.name
                                        + ", expected " + std::to_string(one.version) + " at most"};
  return {};
}

} // namespace troth::store
