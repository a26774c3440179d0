#include "actors/peer_table.hpp"

#include <algorithm>
#include <utility>

namespace troth::actors {

peer_table::peer_table(const std::vector<std::string>& names, std::function<double()> jitter)
  : jitter_(std::move(jitter)) {
  for (const auto& name : names)
    names_.try_emplace(name);
}

std::vector<std::string> peer_table::names_due(time_point now) {
  std::vector<std::string> out;
  for (auto& [name, group] : names_)
    if (!group.is_under_way && group.due && *group.due <= now) {
      group.is_under_way = true;
      out.push_back(name);
    }
  return out;
}

void peer_table::resolved(const std::string& name, const std::vector<std::string>& addresses,
                          time_point now) {
  auto& group = names_[name];
  group.is_under_way = false;
  group.failures = 0;
  group.why.clear();
  group.is_number = addresses.size() == 1 && addresses.front() == name;
  group.due = group.is_number ? std::nullopt : std::optional{now + resolve_pause};
  const auto is_listed = [&](const std::string& address) {
    return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
  };
  for (auto& [address, one] : processes_)
    if (one.name == name)
      one.is_listed = is_listed(address);
  std::erase_if(processes_, [](const auto& entry) {
    return !entry.second.is_listed && entry.second.is == state::waiting;
  });
  for (const auto& address : addresses)
    processes_.try_emplace(address, process{.name = name, .due = now});
}

void peer_table::not_resolved(const std::string& name, const std::string& why, time_point now) {
  auto& group = names_[name];
  group.is_under_way = false;
  group.why = why;
  group.due = now + pause_after(group.failures++);
}

std::vector<std::string> peer_table::addresses_due(time_point now) {
  std::vector<std::string> out;
  for (auto& [address, one] : processes_)
    if (one.is == state::waiting && one.due <= now) {
      one.is = state::dialling;
      out.push_back(address);
    }
  return out;
}

const std::string& peer_table::name_of(const std::string& address) const {
  return processes_.at(address).name;
}

void peer_table::connected(const std::string& address) {
  const auto at = processes_.find(address);
  if (at == processes_.end())
    return;
  at->second.is = state::connected;
  at->second.failures = 0;
}

void peer_table::failed(const std::string& address, const std::string& why, time_point now) {
  if (const auto at = processes_.find(address); at != processes_.end())
    lost(address, why, pause_after(at->second.failures++), now);
}

void peer_table::refused(const std::string& address, const std::string& why, time_point now) {
  lost(address, why, refused_pause, now);
}

void peer_table::leaves(const std::string& address) {
  const auto at = processes_.find(address);
  if (at == processes_.end() || at->second.is != state::connected)
    return;
  at->second.is = state::leaving;
  at->second.why = "it stops";
}

void peer_table::lost(const std::string& address, const std::string& why, duration pause,
                      time_point now) {
  const auto at = processes_.find(address);
  if (at == processes_.end())
    return;
  auto& group = names_[at->second.name];
  if (!at->second.is_listed) {
    processes_.erase(at);
    return;
  }
  at->second.is = state::waiting;
  at->second.why = why;
  at->second.due = now + pause;
  if (!group.is_number && group.due) // it may have come back elsewhere
    group.due = std::min(*group.due, at->second.due);
}

std::optional<peer_table::time_point> peer_table::next_due() const {
  std::optional<time_point> out;
  const auto consider = [&](time_point due) { out = out ? std::min(*out, due) : due; };
  for (const auto& [name, group] : names_)
    if (!group.is_under_way && group.due)
      consider(*group.due);
  for (const auto& [address, one] : processes_)
    if (one.is == state::waiting)
      consider(one.due);
  return out;
}

std::optional<std::string> peer_table::begin(const std::string& but) {
  const auto fewer = [&](auto a, auto b) {
    if (b == processes_.end() || a->second.requests != b->second.requests)
      return b == processes_.end() || a->second.requests < b->second.requests;
    return a->first > last_ && b->first <= last_; // the one after the last has its turn
  };
  auto best = processes_.end();
  for (auto at = processes_.begin(); at != processes_.end(); ++at)
    if (at->second.is == state::connected && at->first != but && fewer(at, best))
      best = at;
  if (best == processes_.end())
    return std::nullopt;
  ++best->second.requests;
  last_ = best->first;
  return best->first;
}

void peer_table::end(const std::string& address) {
  const auto at = processes_.find(address);
  if (at != processes_.end() && at->second.requests > 0)
    --at->second.requests;
}

std::size_t peer_table::connections() const {
  return static_cast<std::size_t>(
    std::count_if(processes_.begin(), processes_.end(),
                  [](const auto& entry) { return entry.second.is == state::connected; }));
}

std::vector<std::string> peer_table::connected_addresses() const {
  std::vector<std::string> out;
  for (const auto& [address, one] : processes_)
    if (one.is == state::connected)
      out.push_back(address);
  return out;
}

std::string peer_table::reasons() const {
  std::string out;
  const auto add = [&](const std::string& what, const std::string& why) {
    out += (out.empty() ? "" : "\n") + what + ": " + why;
  };
  for (const auto& [name, group] : names_)
    if (!group.why.empty())
      add(name, group.why);
  for (const auto& [address, one] : processes_)
    if (one.is != state::connected)
      add(address, one.why);
  return out;
}

peer_table::duration peer_table::pause_after(unsigned failures) const {
  constexpr unsigned enough = 10; // doublings, to pass the last pause
  const duration full = std::min<duration>(first_pause * (1 << std::min(failures, enough)),
                                           last_pause);
  return std::chrono::duration_cast<duration>(full * (0.5 + 0.5 * jitter_()));
}

} // namespace troth::actors
