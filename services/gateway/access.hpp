#pragma once

#include "shared/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Who may do what, at every door alike. Whoever is in no row may not.

namespace troth::services {

/// What a caller is allowed to be; the first two are RFC 9334's.
enum class role : std::uint8_t {
  attester,        ///< The machine that is attested, and what runs on it.
  relying_party,   ///< Who wants to know whether to trust it.
  system_operator, ///< Who keeps the service running: `operator`.
  administrator,   ///< Who says what is trusted: `admin`.
};

std::string_view name(role which) noexcept;

/// @returns `unsupported`, with the roles there are.
result<role> parse_role(std::string_view text);

/// Everybody that has roles. In no order.
std::span<const role> all_roles() noexcept;

/// Who asks, as far as a door found out.
struct caller {
  std::string name; ///< For logs, e.g. `uid 1000`.
  std::vector<role> roles;
};

/// What the gateway does for a caller.
enum class action : std::uint8_t {
  challenge,
  attest,
  appraise,
  read_peer_cache,
  measure,
  update,   ///< Have certificates or metadata fetched anew.
  use_keys, ///< Make keys of the attested TLS, and sign with them.
};

std::string_view name(action what) noexcept;

std::span<const action> all_actions() noexcept;

/// @returns `forbidden`, with the roles of which one is needed.
result<void> check_access(const caller& who, action what);

} // namespace troth::services
