#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace troth::link {

/// Who may wait at our door, and for how long.
struct waiting_limits {
  std::size_t all = 64;           ///< Of strangers.
  std::size_t of_an_address = 16; ///< Of strangers from one host.
  std::chrono::milliseconds time{3'000};
};

/// The strangers that have connected and not yet shown who they are. Pure.
///
/// Where there is no room the one who waits longest goes, of the same address where that has its
/// share: an honest handshake takes milliseconds, and so who waits long is no loss.
class waiting_room {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit waiting_room(const waiting_limits& limits) : limits_(limits) {
    // nop
  }

  /// Lets one in. @returns who has to go for it.
  std::optional<std::uint64_t> enter(std::uint64_t who, const std::string& address, time_point now);

  /// Lets one go, who may have gone already.
  void leave(std::uint64_t who);

  /// Takes those whose time is over.
  std::vector<std::uint64_t> overdue(time_point now);

  /// Returns when somebody's time is over next.
  std::optional<time_point> next_due() const;

  std::size_t size() const noexcept { return waiting_.size(); }

private:
  struct stranger {
    std::uint64_t who;
    std::string address;
    time_point due;
  };

  waiting_limits limits_;
  std::list<stranger> waiting_; // in the order in which they came, and so in that of `due`
};

} // namespace troth::link
