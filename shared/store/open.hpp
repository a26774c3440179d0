#pragma once

#include "shared/store/challenge_store.hpp"
#include "shared/store/outcome_store.hpp"
#include "shared/store/peer_store.hpp"
#include "shared/store/policy_store.hpp"
#include "shared/store/reference_store.hpp"
#include "shared/store/report_store.hpp"
#include "shared/store/version_store.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace troth::store {

/// How much stores may hold.
struct store_limits {
  std::size_t challenges = 100'000; ///< That may be open.
  std::size_t policies = 1'000;     ///< Versions, of all names together.
  std::size_t references = 10'000;  ///< Reference values.
  std::size_t versions = 1'000'000; ///< Of metadata, of all devices together.
  std::size_t peer_bytes = std::size_t{1024} * 1024 * 1024; ///< Of all that peers need not send.
  outcome_limits outcomes{};
  report_limits reports{};
};

/// What verifiers remember, at one place.
struct stores {
  std::shared_ptr<challenge_store> challenges;
  std::shared_ptr<policy_store> policies;
  std::shared_ptr<reference_store> references;
  std::shared_ptr<outcome_store> outcomes;
  std::shared_ptr<report_store> reports;
  std::shared_ptr<version_store> versions; ///< Null: nothing outlives the process.
  std::shared_ptr<peer_store> peers;       ///< Likewise.
};

/// Opens the stores of `url`: `memory://`, `sqlite3://PATH` or
/// `postgresql://[USER@]HOST[:PORT]/NAME[?PARAMETERS]`.
///
/// A database server that is away just now does not fail it: the stores' calls
/// do, until it is back.
/// @param password_file holds PostgreSQL's password, without or with a line end
///        behind it; empty: libpq looks for itself (PGPASSFILE).
/// @returns `malformed`, `unsupported`, `forbidden` as `parse_connection` does;
///          `io` for a file that cannot be used; `unsupported` for tables of a
///          newer build.
result<stores> open_stores(std::string_view url, const store_limits& limits,
                           const std::string& password_file = {});

} // namespace troth::store
