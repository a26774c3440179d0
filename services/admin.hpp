#pragma once

#include "services/node.hpp"

#include <string>
#include <vector>

namespace troth::services {

/// Who may ask how a process is.
struct admin_options {
  std::vector<std::string> tokens; ///< SHA-256 of bearer tokens, hex.
};

void add_admin(configuration& keys, admin_options& options);

/// Refuses an admin address that others reach and anybody may ask.
/// @returns `malformed`, `forbidden`.
result<void> check_admin(const common_options& chosen, const admin_options& options);

/// Serves /healthz, /readyz, /metrics, /version and /log-level at the admin address, if there is
/// one.
/// @returns `io`.
result<void> start_admin(node& on, const admin_options& options);

} // namespace troth::services
