#pragma once

#include "shared/store/challenge_store.hpp"
#include "shared/store/database.hpp"

#include <memory>
#include <optional>

namespace troth::store {

/// Keeps the challenges of a fleet in a database, where every verifier finds them.
///
/// `capacity` holds to within the number of verifiers that put at one moment.
class sql_challenge_store final : public challenge_store {
public:
  sql_challenge_store(std::shared_ptr<database> where, std::size_t capacity);

  result<void> put(std::string_view id, byte_view nonce, time_point expires,
                   time_point now) override;
  result<bytes> take(std::string_view id, time_point now) override;

  /// Also makes the tables where they are missing.
  /// @returns besides, `unsupported` if a newer build has changed them.
  result<void> ping() override;

private:
  void purge(soci::session& sql, time_point now);

  const std::shared_ptr<database> database_;
  const long long capacity_;
  std::optional<time_point> purged_; ///< When expired rows were last deleted. Only in `run`.
};

} // namespace troth::store
