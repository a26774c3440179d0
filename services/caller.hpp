#pragma once

#include "shared/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troth::services {

/// What a caller is allowed to be; the first two are RFC 9334's.
enum class role : std::uint8_t {
  attester,        ///< The machine that is attested, and what runs on it.
  relying_party,   ///< Who wants to know whether to trust it.
  key_user,        ///< Who makes TLS keys on it and signs with them: `key-user`.
  system_operator, ///< Who keeps the service running: `operator`.
  administrator,   ///< Who says what is trusted: `admin`.
};

std::span<const role> all_roles() noexcept;

/// Returns `attester`, `relying-party`, `key-user`, `operator` or `admin`.
std::string_view name(role which) noexcept;

/// Reads `attester+operator`.
/// @returns `malformed` for none, `unsupported`, with those that there are.
result<std::vector<role>> parse_roles(std::string_view text);

/// Who asks, as far as a door found out.
struct caller {
  std::string name; ///< For logs, e.g. `uid 1000`.
  std::vector<role> roles;
};

/// What a request shows of who sends it.
struct credentials {
  std::string authorization;                  ///< The header, as it came.
  std::vector<std::string> certificate_names; ///< Of a client certificate that was verified.
};

} // namespace troth::services
