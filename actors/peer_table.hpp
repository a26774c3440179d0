#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace troth::actors {

/// Which processes stand behind one name of ours, and when to try each again.
/// Pure: it says what is due, and is told what came of it.
class peer_table {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// The first pause after a failure; each next one is twice as long, up to the last.
  static constexpr std::chrono::milliseconds first_pause{100};
  static constexpr std::chrono::milliseconds last_pause{5'000};
  /// After a peer that is there but not one of ours.
  static constexpr std::chrono::seconds refused_pause{30};
  /// Between two looks at who stands behind a name that is not a number.
  static constexpr std::chrono::seconds resolve_pause{10};

  /// @param names addresses, as they are configured.
  /// @param jitter 0 up to 1, random: the part of the second half of a pause to take.
  peer_table(const std::vector<std::string>& names, std::function<double()> jitter);

  /// Returns the names to resolve now; each is under way until one of the next two is called.
  std::vector<std::string> names_due(time_point now);
  void resolved(const std::string& name, const std::vector<std::string>& addresses, time_point now);
  void not_resolved(const std::string& name, const std::string& why, time_point now);

  /// Returns the addresses to dial now; each is under way until one of the next three is called.
  std::vector<std::string> addresses_due(time_point now);

  /// Returns the name that leads to an address that is due.
  const std::string& name_of(const std::string& address) const;

  void connected(const std::string& address);
  void failed(const std::string& address, const std::string& why, time_point now);
  void refused(const std::string& address, const std::string& why, time_point now);

  /// Picks a connected address no more until it was lost and is connected again.
  void leaves(const std::string& address);

  /// Returns when something is due next; nothing while all is well.
  std::optional<time_point> next_due() const;

  /// Picks the connected address with the fewest requests and counts one more; turns decide
  /// between equals.
  /// @param but the one that is not to be picked; empty: any may be.
  std::optional<std::string> begin(const std::string& but = {});
  void end(const std::string& address);

  std::size_t connections() const;
  std::vector<std::string> connected_addresses() const;

  /// Returns what keeps us from each that is not connected, one a line.
  std::string reasons() const;

private:
  enum class state : std::uint8_t { waiting, dialling, connected, leaving };
  struct process {
    std::string name;
    state is = state::waiting;
    bool is_listed = true; ///< Whether the name still leads to it.
    unsigned failures = 0;
    time_point due{};
    std::size_t requests = 0;
    std::string why = "not dialled yet";
  };
  struct name_state {
    bool is_number = false;
    bool is_under_way = false;
    unsigned failures = 0;
    std::optional<time_point> due = time_point{};
    std::string why;
  };

  duration pause_after(unsigned failures) const;
  void lost(const std::string& address, const std::string& why, duration pause, time_point now);

  std::function<double()> jitter_;
  std::map<std::string, name_state> names_;
  std::map<std::string, process> processes_; // by address
  std::string last_;                         // picked
};

} // namespace troth::actors
