#pragma once

#include <iosfwd>
#include <string>

namespace troth::services {

/// Asks the process whose admin address this is whether it is ready, and prints its answer.
/// @returns the exit code: 0 if it is, 4 if it is not or does not answer.
int ask_health(const std::string& admin, std::ostream& out, std::ostream& err);

} // namespace troth::services
