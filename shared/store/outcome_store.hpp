#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace troth::store {

/// What came of a request; without a media type: nothing yet.
struct outcome {
  std::string media_type;
  bytes content;
};

/// How much is kept of outcomes.
struct outcome_limits {
  std::size_t entries = 10'000;
  std::size_t bytes = std::size_t{256} * 1024 * 1024;
};

/// Keeps the outcomes of requests for a while: for who asks for one later, or asks the same again.
/// Verifiers that share a store know each other's. Any thread may call.
///
/// All of them return, besides what they say: `unavailable` if the store does not answer, `io` if
/// it is broken.
///
/// @note May block: an actor that uses it runs detached.
class outcome_store {
public:
  outcome_store() = default;
  outcome_store(const outcome_store&) = delete;
  outcome_store& operator=(const outcome_store&) = delete;
  virtual ~outcome_store() = default;

  /// Begins a request, unless it was before.
  /// @param digest of what is asked.
  /// @param until when it is forgotten, were it not finished by then.
  /// @returns nothing if it was begun now, else what is there of it; `conflict` if that is of
  ///          something else; `exhausted`.
  virtual result<std::optional<outcome>>
  begin(const std::string& id, const std::string& digest, time_point until, time_point now) = 0;

  /// Gives a request its outcome, for `find` until `until`.
  /// @returns `not_found` if it was not begun, or is forgotten; `exhausted`.
  virtual result<void>
  finish(const std::string& id, const outcome& what, time_point until, time_point now) = 0;

  /// Forgets a request, were it there.
  virtual result<void> forget(const std::string& id) = 0;

  /// @returns `not_found`.
  virtual result<outcome> find(const std::string& id, time_point now) = 0;
};

} // namespace troth::store
