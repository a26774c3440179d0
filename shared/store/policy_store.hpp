#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troth::store {

/// The longest name and version of a policy, and the longest policy.
inline constexpr std::size_t max_policy_name_bytes = 64;
inline constexpr std::size_t max_policy_bytes = std::size_t{256} * 1024;

/// A version of a policy, but for its document.
struct policy_entry {
  std::string name;
  std::string version;
  std::string digest; ///< Hex SHA-256 of the document.
  std::string author; ///< Who set it.
  time_point created;
  bool is_active = false;  ///< The version that a caller gets who names it.
  bool is_default = false; ///< And who names none.
};

/// Remembers versions of policies, and which of each name is active. A version never changes: it is
/// put, and may be erased. Verifiers that share a store apply the same. Any thread may call.
///
/// All of them return, besides what they say: `unavailable` if the store does not answer, `io` if
/// it is broken.
///
/// @note May block: an actor that uses it runs detached.
class policy_store {
public:
  policy_store() = default;
  policy_store(const policy_store&) = delete;
  policy_store& operator=(const policy_store&) = delete;
  virtual ~policy_store() = default;

  /// Keeps a version. The same document again is no failure.
  /// @returns `conflict` if there is another document of that name and version; `too_large`;
  ///          `exhausted` if there are as many as may be.
  virtual result<void> put(const policy_entry& what, std::string_view document) = 0;

  /// @returns `not_found`.
  virtual result<std::string> document(const std::string& name, const std::string& version) = 0;

  /// Returns all, by name, the oldest of each first.
  virtual result<std::vector<policy_entry>> list() = 0;

  enum class scope : std::uint8_t { by_name = 1, everybody };

  /// Makes a version the active one of its name; for `everybody`, also the default in place of
  /// whichever was it.
  /// @returns `not_found`.
  virtual result<void> activate(const std::string& name, const std::string& version, scope whom)
    = 0;

  /// Leaves no version of that name active. @returns `not_found` if none was.
  virtual result<void> deactivate(const std::string& name) = 0;

  /// @returns `not_found`; `conflict` for the active one.
  virtual result<void> erase(const std::string& name, const std::string& version) = 0;

  /// Returns a number that grows whenever another version becomes active, or none.
  virtual result<std::uint64_t> generation() = 0;
};

} // namespace troth::store
