#pragma once

#include "shared/link/connection.hpp"
#include "shared/link/link.hpp"
#include "shared/link/reception.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace troth::link {

/// What a transport is made of.
struct transport::parts {
  options chosen;
  std::shared_ptr<figures> counts = std::make_shared<figures>();
  std::shared_ptr<node_claims> claims = std::make_shared<node_claims>();
  std::shared_ptr<const connection_rules> rules;
  std::atomic<std::uint16_t> last_number = 0; // of published actors
  std::unique_ptr<reception> door;            // last: its thread uses the others
};

/// Dials for a dialer; `then` is called from another thread.
/// @param host that the peer's certificate must be issued to; without one for a Unix socket.
using dial_function
  = std::function<void(const endpoint& where, const std::string& host, const std::string& role,
                       std::function<void(result<established>)> then)>;

/// Spawns a dialer. @param make makes what CAF's broker takes of what was dialled.
dialer_actor spawn_dialer(caf::actor_system& system, dial_function dial,
                          std::function<caf::io::scribe_ptr(established&&)> make);

} // namespace troth::link
