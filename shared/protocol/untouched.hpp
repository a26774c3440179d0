#pragma once

#include <caf/error.hpp>

namespace troth::protocol {

/// Returns what a process that was told to stop answers to all that it does not begin, and what its
/// actor ends with once it has answered all that it did begin. Who does not know it takes it for
/// the end of the actor.
caf::error untouched();

/// Returns whether `what` says that nothing was done of a request, so that another process may be
/// asked, whatever it is.
/// @param what the answer to the request, or what the actor that was asked ended with before it
///             answered. One that was still in the mailbox of an actor that ended counts.
bool is_untouched(const caf::error& what);

} // namespace troth::protocol
