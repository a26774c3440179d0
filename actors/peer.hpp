#pragma once

#include "actors/peer_table.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/link/dialer.hpp"
#include "shared/protocol/interfaces.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace troth::actors {

/// Whom a peer dials, and what it grants them.
struct peer_options {
  std::string name;                   ///< For logs and readiness, e.g. `verifiers`.
  std::vector<std::string> addresses; ///< A name stands for all its addresses.
  std::string role;                   ///< That they must have.
  protocol::hello ours;
  std::chrono::milliseconds request_time{30'000};             ///< Unless a request says less.
  std::size_t max_requests = 256;                             ///< Open at a time.
  std::size_t max_body_bytes = std::size_t{16} * 1024 * 1024; ///< Of an answer.
};

enum class peer_event : std::uint8_t { connected, lost, failed, refused };

/// All a peer does to the world outside its mailbox. Tests pass fakes.
struct peer_ports {
  link::dialer_actor dialer;
  std::function<time_point()> now;
  std::function<double()> jitter; ///< Random, 0 up to 1.
  std::function<result<bytes>(std::size_t)> random;

  /// Told what happened with `address`, and how many are connected now.
  std::function<void(peer_event what, const std::string& address, const std::string& why,
                     std::size_t connected)>
    report;
};

// A peer is an actor of this process that stands for one or several processes of
// the same role: what it is asked, it asks the one with the fewest open requests.
// It finds, greets and watches them, dials again those that it lost, and puts and
// gets large bodies, which on our side always travel whole in one message.
//
// `unavailable` at once if nobody is connected, or if the one that was asked is
// lost; `timeout` after the request's deadline; `exhausted` above `max_requests`.
// Its `ready` asks all that are connected: one that is ready is enough.
// Ends when it is sent an exit.

protocol::driver_actor spawn_driver_peer(caf::actor_system& system, const peer_options& options,
                                         const peer_ports& ports);
protocol::prover_actor spawn_prover_peer(caf::actor_system& system, const peer_options& options,
                                         const peer_ports& ports);
protocol::verifier_actor spawn_verifier_peer(caf::actor_system& system, const peer_options& options,
                                             const peer_ports& ports);
protocol::est_actor spawn_est_peer(caf::actor_system& system, const peer_options& options,
                                   const peer_ports& ports);

} // namespace troth::actors
