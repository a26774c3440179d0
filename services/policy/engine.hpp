#pragma once

#include "shared/base/bytes.hpp"
#include "shared/policy/exchange.hpp"

#include <cstdint>

namespace troth::policy_helper {

/// Compiles or runs a script in an engine of its own, which has ECMAScript's objects and none of
/// a host's.
/// @param memory_bytes for all of the script's values.
/// @returns what goes back to the verifier: `policy::answer_kind` and a text.
bytes answer(policy::task what, byte_view script, byte_view json, std::uint64_t memory_bytes);

} // namespace troth::policy_helper
