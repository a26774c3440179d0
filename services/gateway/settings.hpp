#pragma once

#include "services/configuration.hpp"
#include "services/gateway/callers.hpp"
#include "services/gateway/coap_door.hpp"
#include "services/gateway/socket_door.hpp"
#include "services/http/listener.hpp"
#include "services/http/router.hpp"
#include "services/net/limits.hpp"
#include "shared/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troth::services {

/// What the gateway is told besides what every process is. The values here are the defaults.
struct gateway_settings {
  std::vector<std::string> provers;   ///< Addresses of links; none: no route needs one.
  std::vector<std::string> verifiers; ///< Likewise.
  std::string est;                    ///< Likewise, one.
  std::string listen = "127.0.0.1:8080";
  http::tls_files tls;
  std::string tokens;                    ///< File of bearer tokens, by their digests.
  std::vector<std::string> client_roles; ///< `NAME=ROLE+ROLE` each.
  std::vector<std::string> issuers;      ///< `NAME=FILE` each.
  std::string audience;
  std::string audit_file;  ///< Empty: none.
  std::string grpc_listen; ///< `host:port`; empty: none.
  http::tls_files grpc_tls;
  std::string coap_listen;  ///< `host:port` of the loopback interface; empty: none.
  std::string coaps_listen; ///< `host:port`; empty: none.
  http::tls_files coaps_tls;
  bool loopback_uses_keys = false;       ///< Whoever reaches a door that asks nobody who they are.
  std::string socket_unix;               ///< Path; empty: none.
  std::string socket_tcp;                ///< `host:port` of the loopback interface; empty: none.
  std::vector<std::string> socket_users; ///< `USER=ROLE+ROLE` each.
  std::uint64_t request_seconds = 30;
  std::uint64_t max_header_bytes = std::uint64_t{16} * 1024;
  std::uint64_t header_seconds = 5;
  std::uint64_t body_seconds = 30;
  std::uint64_t idle_seconds = 60;
  std::uint64_t max_connections = 1'000;
  std::uint64_t max_requests = 256;
  std::uint64_t max_body_bytes = std::uint64_t{256} * 1024 * 1024;
  std::uint64_t requests_per_minute = 0; ///< Of each caller; 0: no limit.
  std::uint64_t requests_at_once = 60;
  std::uint64_t caller_max_requests = 0; ///< At a time; 0: no limit but the one for all.
  std::uint64_t keep_seconds = 3'600;    ///< Outcomes, for who asks later or again.
};

/// Adds the keys of `settings`.
void add_gateway(configuration& keys, gateway_settings& settings);

/// Returns what the settings grant to clients.
net::limits limits_of(const gateway_settings& settings);

/// Returns how often the settings let each caller ask.
net::rate rate_of(const gateway_settings& settings);

/// Makes what says who uses the REST API, and refuses an API that others could reach and anybody
/// could use: beyond loopback it needs TLS, and client certificates or tokens.
/// @returns `forbidden`; `missing` for half a TLS configuration, or if no client could have a role;
///          `malformed`, `unsupported`; and what `read_tokens` returns.
result<caller_book> make_callers(const gateway_settings& settings);

/// The same for gRPC, which shares tokens, issuers and `rest.clientRoles`. Without TLS it is for
/// the loopback interface, and who calls is of this machine.
result<caller_book> make_grpc_callers(const gateway_settings& settings);

/// Returns where the reference's API is served over CoAP, if anywhere.
/// @returns `malformed`; `forbidden` for a plain address beyond loopback; `missing` for a file or
///          role without which DTLS cannot tell who asks.
result<coap_addresses> make_coap_addresses(const gateway_settings& settings);

/// Makes what says who uses CoAP: over DTLS by `rest.clientRoles`, else somebody of this machine.
/// @returns as `make_callers`.
result<coap_callers> make_coap_callers(const gateway_settings& settings);

/// Returns where the socket API is served, if anywhere.
/// @returns `malformed`; `forbidden` for an address beyond loopback.
result<socket_addresses> make_socket_addresses(const gateway_settings& settings);

/// Makes what says who is on the other side of a socket. Root and the user that runs the gateway
/// have every role; others the roles that `socket.users` gives them, and nobody else has any.
/// Whoever reaches the TCP address is of this machine: what `loopback_caller` says.
/// @returns `malformed`; `not_found` for a user that there is not; `unsupported` for such a role.
result<socket_callers> make_socket_callers(const gateway_settings& settings);

} // namespace troth::services
