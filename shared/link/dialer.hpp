#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/atom.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace troth::link {

using resolve_atom = caf::atom_constant<caf::atom("resolve")>;
using dial_atom = caf::atom_constant<caf::atom("dial")>;

/// Finds and dials peers, off everybody else's threads, and all at the same time. Within one
/// process only.
///
/// - `resolve, ADDRESS` -> where it leads, numeric, in the form of `to_string(endpoint)`, sorted;
///   `malformed`; `unavailable` if the name is not known now.
/// - `dial, NUMERIC, ADDRESS, role` -> the actor that is published there and what it answers to;
///   `malformed`; `unavailable` if nobody listens, or none that is admitted, of that role, with a
///   certificate for the host of ADDRESS, from which NUMERIC was resolved.
using dialer_actor
  = caf::typed_actor<caf::replies_to<resolve_atom, std::string>::with<std::vector<std::string>>,
                     caf::replies_to<dial_atom, std::string, std::string, std::string>::with<
                       caf::strong_actor_ptr, std::set<std::string>>>;

/// How long a dialer may take, which has limits of its own: it may have died.
inline constexpr std::chrono::seconds resolve_patience{60};
inline constexpr std::chrono::seconds dial_patience{15};

/// How long a peer that was dialled may take to say hello.
inline constexpr std::chrono::seconds greeting_time{5};

} // namespace troth::link
