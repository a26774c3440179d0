#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace troth::store {

/// The longest document of a reference value.
inline constexpr std::size_t max_reference_bytes = std::size_t{64} * 1024;

/// A reference value that verifiers were given.
struct reference_entry {
  std::string id;       ///< Hex SHA-256 of the document.
  std::string document; ///< JSON.
  std::string source;   ///< Where it came from.
  std::string author;   ///< Who gave it.
  time_point created;
  std::optional<time_point> until = {}; ///< It counts no longer; nothing: for ever.
  bool is_active = true;                ///< Else it does not count.
};

/// Remembers reference values. A value never changes: it is put, counts or does not, and may be
/// erased. Verifiers that share a store apply the same. Any thread may call.
///
/// All of them return, besides what they say: `unavailable` if the store does not answer, `io` if
/// it is broken.
///
/// @note May block: an actor that uses it runs detached.
class reference_store {
public:
  reference_store() = default;
  reference_store(const reference_store&) = delete;
  reference_store& operator=(const reference_store&) = delete;
  virtual ~reference_store() = default;

  /// Keeps all of these or none. One that is there stays as it is, and is no failure.
  /// @returns `too_large`; `exhausted` if there are as many as may be.
  virtual result<void> put(std::span<const reference_entry> values) = 0;

  /// Returns all, the oldest first.
  virtual result<std::vector<reference_entry>> list() = 0;

  enum class state : std::uint8_t { inactive, active };

  /// @returns `not_found`.
  virtual result<void> set(const std::string& id, state to) = 0;

  /// @returns `not_found`.
  virtual result<void> erase(const std::string& id) = 0;

  /// Returns a number that grows with every change.
  virtual result<std::uint64_t> generation() = 0;
};

} // namespace troth::store
