#pragma once

#include "actors/enrolment_authority.hpp"
#include "actors/host.hpp"
#include "actors/key_desk.hpp"
#include "actors/metadata_shelf.hpp"
#include "shared/protocol/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace troth::actors {

/// All an EST server does to the world outside its mailbox. Tests pass fakes.
struct est_ports {
  std::shared_ptr<enrolment_authority> authority;
  std::shared_ptr<metadata_shelf> metadata; ///< None: it has no metadata.
  std::function<result<bytes>(std::size_t)> random;
  std::function<void(const std::string& what)> note; ///< Worth a line in the log.
  std::function<result<void>()> check = {};          ///< What else must be well for it to be ready.
  std::optional<key_desk_ports> keys = {};           ///< None: it certifies no TLS keys.
};

/// Spawns the server that certifies attestation keys and TLS keys, and hands out metadata. It
/// reads and writes files, so it has a thread of its own.
protocol::est_actor spawn_est(caf::actor_system& system, host_options options, est_ports ports);

/// The same without a thread of its own: for tests, which say when it runs.
protocol::est_actor spawn_est_shared(caf::actor_system& system, host_options options,
                                     est_ports ports);

} // namespace troth::actors
