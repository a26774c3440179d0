#pragma once

#include "shared/base/result.hpp"
#include "shared/link/address.hpp"
#include "shared/link/admission.hpp"
#include "shared/link/dialer.hpp"
#include "shared/link/figures.hpp"
#include "shared/link/frame.hpp"
#include "shared/link/keyring.hpp"
#include "shared/link/roster.hpp"
#include "shared/link/waiting_room.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

// The transport between processes: CAF's protocol over Unix sockets and mutual TLS 1.3, with a
// guard before CAF. README.md says how it is made.

namespace troth::link {

/// What those who dial us are granted.
struct limits {
  waiting_limits strangers;
  roster_limits peers;
};

struct options {
  credentials files;                ///< All empty: Unix sockets only.
  std::string role;                 ///< Ours, as our certificate must name it.
  std::vector<std::string> accepts; ///< Roles of those who may dial us.
  local_users users;                ///< Whom we talk with over Unix sockets, on either side.
  type_names message_types;         ///< What messages to us may hold.
  std::size_t max_frame_bytes = std::size_t{2} * 1024 * 1024;
  std::vector<std::string> accepted_names = {}; ///< Of those who may dial us, one each; empty: any.
  limits grants{};

  /// Told who was refused and why, and what became of our files. Called from several threads.
  std::function<void(const std::string& what)> note = [](const std::string&) {};
};

/// Sets CAF up to talk with other processes, and everything else of CAF's that is not left to its
/// defaults.
/// @param threads of its scheduler; one a core.
/// @returns the names of the types in messages: those that were added to `config`, and CAF's own
///          that our protocol uses.
type_names configure(caf::actor_system_config& config, std::size_t threads);

/// Returns the users with these names or numbers, and ourselves where there are none.
/// @returns `not_found`.
result<local_users> find_local_users(const std::vector<std::string>& users,
                                     const std::vector<std::string>& groups);

/// The links of one process. It must outlive the actor system, whose connections it looks after.
class transport {
public:
  /// @returns as `keyring::open`.
  static result<std::unique_ptr<transport>> open(const options& chosen);
  ~transport();
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;

  /// Lets peers dial `actor` at `at`; port 0 picks a free one.
  /// @returns where that is; `io` if the address cannot be used, `missing` for TLS without
  ///          certificates.
  template <class Handle>
  result<endpoint> publish(const Handle& actor, const endpoint& at) {
    auto& system = actor.home_system();
    return publish_any(system, caf::actor_cast<caf::strong_actor_ptr>(actor),
                       system.message_types(actor), at);
  }

  /// Spawns who finds and dials peers.
  dialer_actor spawn_dialer(caf::actor_system& system);

  const figures& counts() const noexcept;

private:
  struct parts;
  explicit transport(std::unique_ptr<parts> own);
  result<endpoint> publish_any(caf::actor_system& system, const caf::strong_actor_ptr& actor,
                               std::set<std::string>&& signatures, const endpoint& at);

  std::unique_ptr<parts> parts_;
};

} // namespace troth::link
