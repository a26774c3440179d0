#pragma once

#include "shared/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troth::store {

enum class engine : std::uint8_t { memory = 1, sqlite3, postgresql };

/// Where a store is, ready for its engine's library.
struct connection {
  engine kind;
  std::string path;    ///< SQLite: the file.
  std::string library; ///< What SOCI is given. May hold the password: never log it.
};

/// Reads one of `memory://`, `sqlite3://PATH` and `postgresql://[USER@]HOST[:PORT]/NAME[?...]`.
///
/// A password is never part of `url`, which may be logged and shown: it comes
/// as `password`, or libpq finds it by itself (PGPASSFILE).
/// @param password empty: none of ours.
/// @returns `malformed`, `unsupported` for another scheme, `forbidden` for a
///          URL that holds a password.
/// @see PostgreSQL 15, section 34.1.1.2
result<connection> parse_connection(std::string_view url, std::string_view password);

} // namespace troth::store
