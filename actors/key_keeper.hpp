#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

namespace troth::actors {

using report_atom = caf::atom_constant<caf::atom("report")>;

/// Makes reports for others of its process.
///
/// - `report, request` -> as `prover_actor` to `attest`, but the whole body, of whatever size.
using report_maker_actor
  = caf::typed_actor<caf::replies_to<report_atom, protocol::attest_request,
                                     protocol::request_context>::with<protocol::payload>>;

/// Keeps the machine's TLS keys. Within one process only.
///
/// - `tls_keys, request` -> as `prover_actor`.
using key_keeper_actor
  = caf::typed_actor<caf::replies_to<protocol::tls_keys_atom, protocol::tls_key_request,
                                     protocol::request_context>::with<protocol::payload>>;

struct key_keeper_options {
  std::size_t max_keys = 64;              ///< Of all callers together.
  std::size_t max_makings = 8;            ///< Keys that are being made at a time.
  std::size_t max_signing = 64;           ///< Signatures that a driver is asked for at a time.
  std::chrono::seconds time{120};         ///< To make a key, unless its request says less.
  std::chrono::seconds renewal_pause{60}; ///< Between two looks at what is due.
};

/// All a key keeper does to the world outside its mailbox. Tests pass fakes.
struct key_keeper_ports {
  protocol::driver_actor driver; ///< Who has the TPM.
  protocol::est_actor est;       ///< Who certifies keys.
  report_maker_actor reports;
  std::filesystem::path folder; ///< Where the keys are.
  std::function<time_point()> now;
  std::function<result<bytes>(std::size_t)> random;

  /// Told what is worth a line in the log, and on whose behalf it was done.
  std::function<void(const std::string& what, const protocol::request_context& of)> note;
};

/// Spawns the keeper of keys. It writes files and makes keys in software, so it has a thread of its
/// own.
///
/// At its start, and again and again, it renews what is due: two thirds of a certificate's life are
/// over, and the key is rotated.
key_keeper_actor spawn_key_keeper(caf::actor_system& system, key_keeper_options options,
                                  key_keeper_ports ports);

/// The same without a thread of its own: for tests, which say when it runs.
key_keeper_actor spawn_key_keeper_shared(caf::actor_system& system, key_keeper_options options,
                                         key_keeper_ports ports);

} // namespace troth::actors
