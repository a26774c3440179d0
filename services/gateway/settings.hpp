#pragma once

#include "services/configuration.hpp"
#include "services/http/exchange.hpp"
#include "services/http/listener.hpp"
#include "services/http/router.hpp"
#include "shared/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troth::services {

/// What the gateway is told besides what every process is. The values here are the defaults.
struct gateway_settings {
  std::vector<std::string> provers;   ///< `host:port` each; none: no route needs one.
  std::vector<std::string> verifiers; ///< Likewise.
  std::string listen = "127.0.0.1:8080";
  http::tls_files tls;
  std::string tokens; ///< File with the SHA-256 of each bearer token, hex, one a line.
  std::uint64_t request_seconds = 30;
  std::uint64_t max_header_bytes = std::uint64_t{16} * 1024;
  std::uint64_t header_seconds = 5;
  std::uint64_t body_seconds = 30;
  std::uint64_t idle_seconds = 60;
  std::uint64_t max_connections = 1'000;
  std::uint64_t max_requests = 256;
  std::uint64_t max_body_bytes = std::uint64_t{256} * 1024 * 1024;
};

/// Adds the keys of `settings`.
void add_gateway(configuration& keys, gateway_settings& settings);

/// Returns what the settings grant to clients.
http::limits limits_of(const gateway_settings& settings);

/// Makes what decides who may use the API, and refuses an API that others could reach and anybody
/// could use: beyond loopback it needs TLS, and client certificates or tokens.
/// @returns none if no tokens are asked for; `forbidden`; `missing` for half a TLS configuration;
///          `malformed`; and what `files::read` returns.
result<http::authenticator> make_access(const gateway_settings& settings);

} // namespace troth::services
