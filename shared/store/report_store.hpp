#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <cstddef>
#include <string>

namespace troth::store {

/// How much is kept of reports.
struct report_limits {
  std::size_t entries = 10'000;
  std::size_t bytes = std::size_t{256} * 1024 * 1024;
};

/// Keeps reports that were appraised for a while, so that a policy can be tried on them. Verifiers
/// that share a store know each other's. Any thread may call.
///
/// All of them return, besides what they say: `unavailable` if the store does not answer, `io` if
/// it is broken.
///
/// @note May block: an actor that uses it runs detached.
class report_store {
public:
  report_store() = default;
  report_store(const report_store&) = delete;
  report_store& operator=(const report_store&) = delete;
  virtual ~report_store() = default;

  /// Keeps a report until `until`. What is there under that id stays as it is; those that were kept
  /// longest ago make room.
  /// @returns `too_large` for more than is kept of all.
  virtual result<void>
  put(const std::string& id, const bytes& content, time_point until, time_point now) = 0;

  /// @returns `not_found`.
  virtual result<bytes> find(const std::string& id, time_point now) = 0;

  /// Forgets those whose time is over.
  virtual result<void> expire(time_point now) = 0;
};

} // namespace troth::store
