#pragma once

#include "shared/base/result.hpp"
#include "shared/store/connection.hpp"

namespace soci {
class session;
}

namespace troth::store {

/// The tables as this build reads and writes them.
inline constexpr int schema_version = 1;

/// Makes the tables, unless they are there. Processes that start together may
/// all call; one makes them. A role that may not create tables can use those
/// that are there.
/// @returns `unsupported` if a newer build has changed them.
/// @throws soci::soci_error as everything of SOCI's.
result<void> make_tables(soci::session& sql, engine kind);

} // namespace troth::store
