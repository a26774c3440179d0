#pragma once

#include "shared/base/result.hpp"
#include "shared/link/address.hpp"
#include "shared/link/admission.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <cstddef>
#include <set>
#include <string>

// The transport between processes: mutual TLS 1.3 under CAF, and in each
// certificate the one role that its holder has.

namespace troth::link {

/// PEM files. CAF reads them anew for each connection, so that renewed ones need no restart.
struct credentials {
  std::string ca;          ///< Of the deployment: every peer's certificate chains to it.
  std::string certificate; ///< Ours, and the chain above it.
  std::string key;
};

struct options {
  credentials files;
  std::string role;        ///< Ours, as our certificate must name it.
  admission peers;         ///< Whom we talk with.
  std::size_t threads = 1; ///< Of CAF's scheduler; one a core.
};

/// Sets CAF up to talk with other processes, and everything else of CAF's that is not left to
/// its defaults. Not more than one admission holds for a process: the last one's.
/// @returns `missing` without all three files; `io` if one cannot be used; `forbidden` if our
///          certificate does not name our role; `untrusted` if it does not chain to the CA.
result<void> configure(caf::actor_system_config& config, const options& chosen);

/// Lets peers dial `actor`. For `publish`, which knows its interface.
result<std::uint16_t> publish_any(caf::actor_system& system, const caf::strong_actor_ptr& actor,
                                  std::set<std::string>&& signatures, const address& at);

/// Lets peers dial `actor` at `at`; port 0 picks a free one.
/// @returns the port; `io` if the address cannot be used.
template <class Handle>
result<std::uint16_t> publish(const Handle& actor, const address& at) {
  auto& system = actor.home_system();
  return publish_any(system, caf::actor_cast<caf::strong_actor_ptr>(actor),
                     system.message_types(actor), at);
}

} // namespace troth::link
