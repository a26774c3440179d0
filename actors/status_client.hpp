#pragma once

#include "shared/base/result.hpp"
#include "shared/protocol/messages.hpp"
#include "shared/report/report.hpp"

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <functional>
#include <string>

namespace troth::actors {

using status_atom = caf::atom_constant<caf::atom("status")>;

/// Asks a status server: its URL and the request, an OMSP request in CBOR or JSON, and on whose
/// behalf.
///
/// - -> the answer's body; `unavailable`; what `ask_status` returns.
using status_client_actor
  = caf::typed_actor<caf::replies_to<status_atom, std::string, protocol::blob,
                                     protocol::request_context>::with<protocol::blob>>;

/// Posts one request to a URL and returns the body of the answer, or why there is none.
/// @param of goes on to the server by its trace.
using ask_status = std::function<result<bytes>(const std::string& url, byte_view request,
                                               const protocol::request_context& of)>;

/// Spawns the asker, which never leaves this process. It waits for other machines, so it has a
/// thread of its own.
status_client_actor spawn_status_client(caf::actor_system& system, ask_status ask);

} // namespace troth::actors
