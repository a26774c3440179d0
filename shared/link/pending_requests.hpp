#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

namespace troth::link {

/// A request of one of our actors that a peer has not answered.
struct pending_request {
  std::uint64_t actor = 0;
  std::uint64_t number = 0;

  friend bool operator==(const pending_request&, const pending_request&) = default;
};

/// The requests that wait for an answer over one connection: what a peer may answer, and who is
/// told when it is lost.
class pending_requests {
public:
  /// @param max requests that are remembered: the answer to one more is not awaited.
  explicit pending_requests(std::size_t max) : max_(max) {
    // nop
  }

  /// Notes a request that is being sent. @returns whether there was room.
  bool add(const pending_request& sent);

  /// Takes the request that is answered. @returns whether there was one.
  bool take(const pending_request& answered);

  /// Takes all.
  std::vector<pending_request> take_all();

  std::size_t size() const noexcept { return open_.size(); }

private:
  struct hash {
    std::size_t operator()(const pending_request& x) const noexcept {
      return (x.actor * 0x9E37'79B9'7F4A'7C15U) ^ x.number; // numbers count up: actors must spread
    }
  };

  std::size_t max_;
  std::unordered_set<pending_request, hash> open_;
};

} // namespace troth::link
