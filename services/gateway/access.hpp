#pragma once

#include "services/caller.hpp"
#include "shared/base/result.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

// Who may do what, at every door alike. Whoever is in no row may not.

namespace troth::services {

/// What the gateway does for a caller.
enum class action : std::uint8_t {
  challenge,
  attest,
  appraise,
  read_peer_cache,
  measure,
  read_state,      ///< Version and figures.
  update,          ///< Have certificates or metadata fetched anew.
  read_audit,      ///< Who asked for what.
  read_policies,   ///< And try one on a report.
  change_policies, ///< Set, activate, delete.
  read_references, ///< Reference values, metadata, trust anchors, age of collateral.
  change_references,
  use_keys,    ///< Make TLS keys, and sign with one's own.
  manage_keys, ///< List, rotate and delete them, and read their certificates.
  read_ca,     ///< Who certifies them.
};

std::string_view name(action what) noexcept;

std::vector<action> all_actions();

/// @returns `forbidden`, with the roles of which one is needed.
result<void> check_access(const caller& who, action what);

} // namespace troth::services
