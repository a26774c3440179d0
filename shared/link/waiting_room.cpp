#include "shared/link/waiting_room.hpp"

#include <algorithm>

namespace troth::link {

std::optional<std::uint64_t> waiting_room::enter(std::uint64_t who, const std::string& address,
                                                 time_point now) {
  const auto is_neighbour = [&](const stranger& one) { return one.address == address; };
  const auto neighbours = std::ranges::count_if(waiting_, is_neighbour);
  auto evicted = waiting_.end();
  if (static_cast<std::size_t>(neighbours) >= limits_.of_an_address)
    evicted = std::ranges::find_if(waiting_, is_neighbour);
  else if (waiting_.size() >= limits_.all)
    evicted = waiting_.begin();
  std::optional<std::uint64_t> out;
  if (evicted != waiting_.end()) {
    out = evicted->who;
    waiting_.erase(evicted);
  }
  waiting_.push_back({who, address, now + limits_.time});
  return out;
}

void waiting_room::leave(std::uint64_t who) {
  std::erase_if(waiting_, [&](const stranger& one) { return one.who == who; });
}

std::vector<std::uint64_t> waiting_room::overdue(time_point now) {
  std::vector<std::uint64_t> out;
  while (!waiting_.empty() && waiting_.front().due <= now) {
    out.push_back(waiting_.front().who);
    waiting_.pop_front();
  }
  return out;
}

std::optional<waiting_room::time_point> waiting_room::next_due() const {
  if (waiting_.empty())
    return std::nullopt;
  return waiting_.front().due;
}

} // namespace troth::link
