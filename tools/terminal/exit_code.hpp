#pragma once

#include "shared/base/error.hpp"

namespace troth::terminal {

/// How every tool of ours ends.
enum exit_code : int {
  good = 0,
  attestation_failed = 1,
  usage = 2,          ///< The command line, or a file named on it, is not what it must be.
  warnings = 3,       ///< The attestation passed, with warnings.
  io = 4,             ///< A file or the network failed us.
  authentication = 5, ///< Somebody does not know us, or we do not know them.
  internal = 6,       ///< A malfunction of ours.
};

/// Returns how to end for a failure that is no verdict.
exit_code exit_code_for(errc why) noexcept;

} // namespace troth::terminal
