#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/atom.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace troth::link {

using resolve_atom = caf::atom_constant<caf::atom("resolve")>;
using dial_atom = caf::atom_constant<caf::atom("dial")>;

/// Finds and dials peers, off everybody else's threads. Within one process only.
///
/// - `resolve, "host:port"` -> all its numeric addresses, written the same way, sorted;
/// `malformed`;
///   `unavailable` if the name is not known now.
/// - `dial, "number:port"` -> the actor that is published there and what it answers to;
///   `unavailable` if nobody listens, or none whose certificate is admitted.
using dialer_actor = caf::typed_actor<
  caf::replies_to<resolve_atom, std::string>::with<std::vector<std::string>>,
  caf::replies_to<dial_atom, std::string>::with<caf::strong_actor_ptr, std::set<std::string>>>;

/// How long a peer may take to accept a connection, and then to greet.
inline constexpr std::chrono::seconds connect_time{2};
inline constexpr std::chrono::seconds greeting_time{5};

/// Behavior of the dialer. Blocks: spawn it detached.
/// @param patience how long a peer may take to accept a connection: `connect_time`, but for tests.
dialer_actor::behavior_type dialer(dialer_actor::pointer self, std::chrono::seconds patience);

} // namespace troth::link
