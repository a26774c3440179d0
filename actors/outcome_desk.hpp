#pragma once

#include "actors/host.hpp"
#include "shared/protocol/messages.hpp"
#include "shared/store/outcome_store.hpp"

#include <caf/result.hpp>

namespace troth::actors {

/// Answers what a verifier is asked about the outcomes of requests; may block.
/// @param own of the verifier, for bodies of any size.
/// @returns as `protocol::verifier_actor` says; `malformed` for an id that is none, `unsupported`
///          for another action.
caf::result<protocol::payload> keep_outcome(host& own, store::outcome_store& in,
                                            protocol::outcome_request& asked, time_point now);

} // namespace troth::actors
