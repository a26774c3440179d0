#pragma once

#include "shared/base/result.hpp"
#include "shared/link/address.hpp"

#include <chrono>
#include <vector>

namespace troth::link {

/// Asks the system for the numeric addresses of a host. Blocks, as long as the
/// system's resolver likes.
/// @returns them, sorted, each once; `unavailable` if the name is not known now.
result<std::vector<address>> resolve(const address& name);

/// Connects and hangs up: whether anybody listens there.
///
/// CAF dials all peers from one thread and waits as long as the kernel does,
/// minutes for a host that is gone. What answered here does not make it wait.
/// @param where numeric.
/// @returns `unavailable` with the reason.
result<void> probe(const address& where, std::chrono::milliseconds patience);

} // namespace troth::link
