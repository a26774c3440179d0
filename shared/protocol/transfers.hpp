#pragma once

#include "shared/base/result.hpp"
#include "shared/protocol/common.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace troth::protocol {

/// What the owner of a process lets bodies between processes take.
struct transfer_limits {
  std::size_t max_body_bytes = std::size_t{16} * 1024 * 1024;
  std::size_t max_total_bytes = std::size_t{128} * 1024 * 1024; ///< Of all that are under way.
  std::size_t max_transfers = 256;                              ///< Put or given, each.
  std::chrono::seconds lifetime{60}; ///< Of a transfer, since its last part.
};

/// Bodies too large for one message: those being put by a peer, and those that
/// wait to be got. Pure: the time comes as an argument.
class transfers {
public:
  using clock_time = std::chrono::steady_clock::time_point;

  explicit transfers(const transfer_limits& limits) : limits_(limits) {
    // nop
  }

  /// Keeps the next part of a body.
  /// @returns `malformed` for an id that is not 32 lower-case hex digits or an empty part;
  ///          `too_large` for a part or body over its maximum; `conflict` for a part that is not
  ///          the next one, which ends the transfer; `exhausted` if there is no room.
  result<void> put(chunk&& part, clock_time now);

  /// Takes the whole body that `from` carries or refers to.
  /// @returns the body, once; `too_large`; `malformed` if its size is not the one announced;
  ///          `not_found` if it was not put or has expired; `conflict` if parts are missing.
  result<blob> take(payload&& from, clock_time now);

  /// Makes a payload of `body`: as it is if it fits into one message, else kept under `id`.
  /// @param id 32 lower-case hex digits, random.
  /// @returns `too_large`; `exhausted` if there is no room.
  result<payload> give(std::string media_type, blob body, std::string id, clock_time now);

  /// Hands out the next part of a body that was given; with the last one it is gone.
  /// @returns `not_found`; `conflict` if `offset` is not where the last part ended.
  result<blob> get(const std::string& id, std::uint64_t offset, clock_time now);

  /// Returns whether a body that was given is not all got yet.
  bool is_giving() const noexcept { return !given_.empty(); }

  /// Returns how much room is taken.
  std::size_t total_bytes() const noexcept { return total_bytes_; }

private:
  struct transfer {
    blob content;
    std::size_t size_bytes;   ///< That it has or will have: the room it takes.
    std::size_t position = 0; ///< Of a body that is got: where the next part begins.
    clock_time expires;
  };
  using table = std::map<std::string, transfer, std::less<>>;

  result<void> admit(table& to, std::string id, transfer&& what);
  void erase(table& from, table::iterator at);
  void expire(clock_time now);

  const transfer_limits limits_;
  table put_;   // by a peer, for a request to come
  table given_; // by us, in answer to a request
  std::size_t total_bytes_ = 0;
};

} // namespace troth::protocol
