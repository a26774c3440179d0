#pragma once

#include "shared/base/time.hpp"
#include "shared/link/lifeline.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troth::link {

/// How many peers may be connected.
struct roster_limits {
  std::size_t of_a_door = 256;
  std::size_t of_an_address = 64; ///< Of these, from one host.
};

/// The connections that were handed over, as long as they last.
class roster {
public:
  explicit roster(const roster_limits& limits) : limits_(limits) {
    // nop
  }

  void add(std::shared_ptr<lifeline> life) { lives_.push_back(std::move(life)); }

  /// Returns why one more would be too many; null: it would not.
  const char* crowd(std::uint64_t door, const std::string& address) const;

  /// Cuts those whose time is over, and those whose certificate is good no longer; forgets those
  /// that are gone.
  void sweep(lifeline::time_point now, time_point today);

  /// Cuts those whose certificate `is_denied`; `then` is told of each.
  void cut(const std::function<bool(const std::string& fingerprint)>& is_denied,
           const std::function<void(const identity&)>& then);

private:
  roster_limits limits_;
  std::vector<std::shared_ptr<lifeline>> lives_;
};

} // namespace troth::link
