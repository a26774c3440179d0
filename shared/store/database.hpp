#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/store/connection.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace soci {
class session;
}

namespace troth::store {

/// A database that several stores share: one connection, made when it is first needed, and again
/// when it was lost. A database that is away makes calls fail, nothing else. Any thread may call.
class database {
public:
  /// @param where SQLite or PostgreSQL.
  explicit database(connection where);
  ~database();
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  /// How often a call was begun: a lost connection may have carried out the first.
  enum class attempt : std::uint8_t { first, again };

  /// Calls `action`, which may throw what SOCI throws, with a session; and once more if that was a
  /// dead one. Nobody else has the session meanwhile.
  /// @returns what `action` does; `unavailable` if the database does not answer, `io` if it is
  ///          broken, `unsupported` for tables of a newer build.
  result<void> run(const std::function<result<void>(soci::session&, attempt)>& action);

  /// The same for an action that returns a `result<T>`.
  template <class T, class Action>
  result<T> get(Action action) {
    std::optional<result<T>> out;
    const auto ran = run([&](soci::session& sql, attempt which) -> result<void> {
      out.emplace(action(sql, which));
      return *out ? result<void>{} : out->error();
    });
    if (!ran)
      return ran.error();
    return *std::move(out);
  }

  /// Asks for a sign of life, and makes the tables where they are missing.
  result<void> ping();

private:
  result<void> connect();

  const connection where_;
  std::mutex mutex_; // guards what follows
  std::unique_ptr<soci::session> session_;
  std::chrono::steady_clock::time_point not_before_; ///< Of the next try to connect.
  std::optional<error> why_not_;                     ///< Why the last try failed.
};

/// Returns a time as tables have it: nanoseconds since 1970.
long long to_ns(time_point when);
time_point from_ns(long long ns);

} // namespace troth::store
