#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace troth::policy {

/// How a process ended that was asked something.
struct ended {
  bytes said;     ///< All that it wrote.
  int signal = 0; ///< That killed it; 0: it ended by itself.
};

/// Starts a process with an empty environment and one open socket, its standard input and output;
/// writes `question` to it, reads until it ends, and waits for it.
/// @param command the executable and its arguments.
/// @returns what it said; `timeout` after `wall`, `too_large` over `max_said`, when it is killed;
///          `unavailable` if it cannot be started.
result<ended> ask_process(const std::vector<std::string>& command, byte_view question,
                          std::size_t max_said, std::chrono::milliseconds wall);

} // namespace troth::policy
