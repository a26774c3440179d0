#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace troth::store {

/// Which version of an item a device has had.
struct version_entry {
  std::string device;
  std::string item;
  time_point version;
};

/// What was learnt, and how far that goes.
struct version_changes {
  std::vector<version_entry> entries; ///< In the order in which they were learnt.
  std::uint64_t number = 0;           ///< Ask with it for what came later.
};

/// Remembers the newest version of each item of metadata that a device has had, so that verifiers
/// that share a store find a roll-back that none of them saw alone. Any thread may call.
/// @note May block: an actor that uses it runs detached.
class version_store {
public:
  version_store() = default;
  version_store(const version_store&) = delete;
  version_store& operator=(const version_store&) = delete;
  virtual ~version_store() = default;

  /// Returns what any verifier has learnt since; since 0: all.
  /// @returns `unavailable`, `io`.
  virtual result<version_changes> since(std::uint64_t number) = 0;

  /// Keeps these versions, where they are newer than what is there. Of too many, those that were
  /// learnt first are forgotten.
  /// @returns `unavailable`, `io`.
  virtual result<void>
  learn(const std::string& device, const std::map<std::string, time_point>& versions) = 0;
};

} // namespace troth::store
