#pragma once

#include "shared/store/challenge_store.hpp"
#include "shared/store/connection.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

namespace soci {
class session;
}

namespace troth::store {

/// Keeps the challenges of a fleet in a database, where every verifier finds
/// them. Connects when it is first asked, and again when the connection was
/// lost; a database that is away makes calls fail, nothing else.
///
/// `capacity` holds to within the number of verifiers that put at one moment.
class sql_challenge_store final : public challenge_store {
public:
  /// @param where SQLite or PostgreSQL.
  sql_challenge_store(connection where, std::size_t capacity);
  ~sql_challenge_store() override;

  result<void> put(std::string_view id, byte_view nonce, time_point expires,
                   time_point now) override;
  result<bytes> take(std::string_view id, time_point now) override;

  /// Also makes the tables where they are missing.
  /// @returns besides, `unsupported` if a newer build has changed them.
  result<void> ping() override;

private:
  /// How often a call was begun: a lost connection may have carried out the first.
  enum class attempt : std::uint8_t { first, again };

  template <class T, class Action>
  result<T> with_session(Action action);
  result<void> connect();
  void purge(time_point now);

  const connection where_;
  const long long capacity_;
  std::mutex mutex_; // guards what follows
  std::unique_ptr<soci::session> session_;
  std::chrono::steady_clock::time_point not_before_; ///< Of the next try to connect.
  std::optional<error> why_not_;                     ///< Why the last try failed.
  std::optional<time_point> purged_;                 ///< When expired rows were last deleted.
};

} // namespace troth::store
