#include "shared/store/schema.hpp"

#include <soci/soci.h>

#include <string>

namespace troth::store {

namespace {

/// Returns the version of the tables that are there; 0 if there are none.
int found_version(soci::session& sql, engine kind) {
  int count = 0;
  if (kind
      == engine::postgresql) // not to_regclass: its cache may be older than a lock we waited for
    sql << "SELECT count(*) FROM pg_tables "
           "WHERE tablename = 'troth_schema' AND schemaname = ANY (current_schemas(false))",
      soci::into(count);
  else
    sql << "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'troth_schema'",
      soci::into(count);
  int version = 0;
  if (count != 0)
    sql << "SELECT version FROM troth_schema WHERE name = 'challenge'", soci::into(version);
  return version;
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

void create(soci::session& sql) {
  sql << "CREATE TABLE troth_schema (name VARCHAR(64) PRIMARY KEY, version INTEGER NOT NULL)";
  sql << "CREATE TABLE troth_challenge ("
         "id TEXT PRIMARY KEY, "        // hex, for an id may hold any bytes
         "nonce TEXT NOT NULL, "        // hex
         "expires_ns BIGINT NOT NULL)"; // since 1970
  sql << "CREATE INDEX troth_challenge_expires ON troth_challenge (expires_ns)";
  sql << "INSERT INTO troth_schema (name, version) VALUES ('challenge', :version)",
    soci::use(schema_version);
}

} // namespace

result<void> make_tables(soci::session& sql, engine kind) {
  auto version = found_version(sql, kind);
  if (version == 0) {
    if (kind == engine::sqlite3)
      sql << "PRAGMA journal_mode = WAL"; // stays with the file; one fsync a commit
    begin_alone(sql, kind);
    version = found_version(sql, kind); // another process may have been faster
    if (version == 0) {
      create(sql);
      version = schema_version;
    }
    sql.commit(); // not done if anything threw: the caller drops the connection
  }
  if (version > schema_version)
    return error{errc::unsupported, "store.schema: got version " + std::to_string(version)
                                      + ", expected " + std::to_string(schema_version)
                                      + " at most"};
  return {};
}

} // namespace troth::store
