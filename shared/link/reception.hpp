#pragma once

#include "shared/link/arrivals.hpp"
#include "shared/link/figures.hpp"
#include "shared/link/handshake.hpp"
#include "shared/link/keyring.hpp"
#include "shared/link/roster.hpp"
#include "shared/link/socket.hpp"
#include "shared/link/waiting_room.hpp"

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace troth::link {

/// What a reception grants.
struct reception_limits {
  waiting_limits strangers;
  roster_limits peers;
  std::chrono::milliseconds dial_time{3'000};  ///< From the first step to the greeting.
  std::chrono::milliseconds greet_time{3'000}; ///< For a peer that is let in, to greet.
};

/// One thread that receives and makes connections, and hands over those whose other side is known.
/// It also cuts those that CAF serves once they are not good any more: peers that do not greet,
/// whose certificate is denied by now or has expired, or that take nothing of what is left.
///
/// It must outlive the connections that it has handed over.
class reception {
public:
  struct ports {
    std::shared_ptr<keyring> keys; ///< Null: Unix sockets only.
    std::shared_ptr<figures> counts;
    std::function<void(const std::string& what)> note; ///< Called from its thread.
  };

  reception(const reception_limits& limits, ports with);
  ~reception();
  reception(const reception&) = delete;
  reception& operator=(const reception&) = delete;

  /// Receives at a door. @returns its number, for `close`.
  std::uint64_t open(listening_socket at, expected_peers expected, std::shared_ptr<arrivals> to);

  /// Has returned before the door is closed.
  void close(std::uint64_t door);

  /// Dials; `then` is called once, from its thread, unless it ends before.
  /// @param where the host a number.
  void dial(endpoint where, expected_peers expected, std::function<void(result<established>)> then);

private:
  using clock = std::chrono::steady_clock;
  static constexpr std::uint32_t no_events = 0;
  static constexpr std::uint32_t readable = EPOLLIN;
  static constexpr std::uint32_t writable = EPOLLOUT;
  struct door {
    listening_socket socket;
    expected_peers expected;
    std::shared_ptr<arrivals> to;
  };
  struct guest {
    handshake hand;
    std::uint64_t through; // a door; 0: dialled
    std::string address;
    clock::time_point due; // of those dialled
    std::function<void(result<established>)> then;
  };

  std::uint64_t make_number();
  void post(std::function<void()> task);
  void run();
  void run_tasks();
  int patience() const;
  void watch(int fd, std::uint64_t who, std::uint32_t events, bool is_new);
  void accept_at(std::uint64_t number);
  void pause();
  void resume();
  void greet(std::uint64_t who, guest&& fresh);
  void go_on(std::uint64_t who);
  void settle(std::uint64_t who);
  void refuse(std::uint64_t who, const char* reason, const error& why);
  void say(const std::string& what);
  void tick(clock::time_point now);
  void refresh_keys();

  const reception_limits limits_;
  const ports ports_;
  const descriptor epoll_;
  const descriptor wake_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_; // guarded by mutex_
  std::uint64_t last_number_ = 0;            // guarded by mutex_

  // Of its thread.
  std::map<std::uint64_t, door> doors_;
  std::map<std::uint64_t, guest> guests_;
  waiting_room strangers_;
  roster peers_;
  clock::time_point next_tick_;
  clock::time_point paused_until_;
  bool is_paused_ = false;
  std::size_t notes_left_ = 5; // until the next tick
  std::size_t unsaid_ = 0;
  bool is_ending_ = false;
  std::thread thread_; // last: uses all the others
};

} // namespace troth::link
