#pragma once

#include "shared/store/challenge_store.hpp"

#include <memory>
#include <string>

namespace troth::store {

/// Opens the store of `url`: `memory://`, `sqlite3://PATH` or
/// `postgresql://[USER@]HOST[:PORT]/NAME[?PARAMETERS]`.
///
/// A database server that is away just now does not fail it: the store's calls
/// do, until it is back.
/// @param capacity how many challenges may be open.
/// @param password_file holds PostgreSQL's password, without or with a line end
///        behind it; empty: libpq looks for itself (PGPASSFILE).
/// @returns `malformed`, `unsupported`, `forbidden` as `parse_connection` does;
///          `io` for a file that cannot be used; `unsupported` for tables of a
///          newer build.
result<std::unique_ptr<challenge_store>>
open_challenge_store(std::string_view url, std::size_t capacity,
                     const std::string& password_file = {});

} // namespace troth::store
