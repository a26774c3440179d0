#include "services/gateway/settings.hpp"

#include "services/common.hpp"
#include "services/ports.hpp"

#include <charconv>
#include <map>
#include <pwd.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace troth::services {

namespace {

constexpr std::uint64_t hour = 3'600;

result<void> check_tls(const http::tls_files& tls, const std::string& door) {
  if (tls.certificate.empty() != tls.key.empty())
    return error{errc::missing, door + ".tls: certificate and key go together"};
  if (tls.certificate.empty() && !tls.client_ca.empty())
    return error{errc::missing, door + ".tls.clientCa: there is no " + door + ".tls.certificate"};
  return {};
}

/// Refuses a door that others could reach and anybody could use.
result<void> check_exposure(const link::address& at, const http::tls_files& tls,
                            const std::string& door, bool takes_tokens) {
  if (link::is_loopback(at.host))
    return {};
  const auto refuse = [&](const std::string& lacks) {
    return error{errc::forbidden, door + ".listen: " + to_string(at)
                                    + " is not of the loopback interface: " + lacks};
  };
  if (tls.certificate.empty())
    return refuse(door + ".tls.certificate is needed");
  if (tls.client_ca.empty() && !takes_tokens)
    return refuse(door + ".tls.clientCa, rest.tokens or rest.issuers is needed");
  return {};
}

bool accepts_tokens(const gateway_settings& settings) {
  return !settings.tokens.empty() || !settings.issuers.empty();
}

result<void> check_door(const std::string& door, const std::string& listen,
                        const http::tls_files& tls, bool takes_tokens) {
  if (auto checked = check_tls(tls, door); !checked)
    return checked;
  const auto at = read_address(door + ".listen", listen);
  if (!at)
    return at.error();
  return check_exposure(*at, tls, door, takes_tokens);
}

result<caller_book> read_callers(const gateway_settings& settings, const http::tls_files& tls) {
  auto certificates = read_named_roles(settings.client_roles, "rest.clientRoles");
  if (!certificates)
    return certificates.error();
  std::vector<accepted_token> tokens;
  if (!settings.tokens.empty()) {
    auto read = read_tokens(settings.tokens, "rest.tokens");
    if (!read)
      return read.error();
    tokens = *std::move(read);
  }
  if (!accepts_tokens(settings) && !tls.client_ca.empty() && settings.client_roles.empty())
    return error{errc::missing, "rest.clientRoles: no client would have a role"};
  auto issuers = read_issuers(settings.issuers, "rest.issuers");
  if (!issuers)
    return issuers.error();
  if (!issuers->empty() && settings.audience.empty())
    return error{errc::missing, "rest.audience: what rest.issuers call this service"};
  caller_book out{std::move(tokens), *std::move(certificates)};
  if (!issuers->empty())
    out.accept({*std::move(issuers), settings.audience}, system_now);
  return out;
}

/// Reads an address where nobody shows who they are.
result<link::address> read_loopback(const std::string& key, const std::string& text) {
  auto at = read_address(key, text);
  if (at && !link::is_loopback(at->host))
    return error{errc::forbidden, key + ": " + text
                                    + " is not of the loopback interface, and has no way to show "
                                      "who asks"};
  return at;
}

result<std::uint32_t> find_user(const std::string& text) {
  std::uint32_t uid = 0;
  const auto* const end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, uid);
      read.ec == std::errc{} && read.ptr == end)
    return uid;
  const auto* const found = getpwnam(text.c_str()); // while there is one thread
  if (found == nullptr)
    return error{errc::not_found, "socket.users: no user " + text};
  return found->pw_uid;
}

} // namespace

void add_gateway(configuration& keys, gateway_settings& settings) {
  keys.add("provers", settings.provers, "Provers, HOST:PORT each; none: no attestations");
  keys.add("verifiers", settings.verifiers,
           "Verifiers, HOST:PORT each; none: no challenges, no appraisals");
  keys.add("est", settings.est, "EST server, HOST:PORT, whose metadata is managed; empty: none is");
  keys.add("rest.listen", settings.listen,
           "Address of the REST API; beyond loopback it needs TLS and authentication");
  keys.add("rest.tls.certificate", settings.tls.certificate,
           "PEM file: the API's certificate, and the chain above it; empty: plain HTTP");
  keys.add("rest.tls.key", settings.tls.key, "PEM file: its key");
  keys.add("rest.tls.clientCa", settings.tls.client_ca,
           "PEM file: the CA of the certificates that clients must have; empty: none needed");
  keys.add("rest.tokens", settings.tokens,
           "File of the accepted bearer tokens, DIGEST ROLE+ROLE [NAME] a line, the digest the "
           "token's SHA-256 in hex; empty: none needed");
  keys.add("rest.issuers", settings.issuers,
           "Issuers of access tokens (JWT), NAME=FILE each, the file their JWK set");
  keys.add("rest.audience", settings.audience, "What these issuers call this service");
  keys.add("rest.clientRoles", settings.client_roles,
           "Roles of client certificates by a name of theirs, NAME=ROLE+ROLE each; *: all others");
  keys.add("audit.file", settings.audit_file,
           "File for who asked for what and what was decided, each line bound to the one before; "
           "empty: none");
  keys.add("grpc.listen", settings.grpc_listen,
           "Address of the reference's API over gRPC; beyond loopback it needs TLS and "
           "authentication; empty: none");
  keys.add("grpc.tls.certificate", settings.grpc_tls.certificate,
           "PEM file: the certificate for gRPC, and the chain above it; empty: plain");
  keys.add("grpc.tls.key", settings.grpc_tls.key, "PEM file: its key");
  keys.add("grpc.tls.clientCa", settings.grpc_tls.client_ca,
           "PEM file: the CA of the certificates that gRPC clients must have; empty: none needed");
  keys.add("coap.listen", settings.coap_listen,
           "Address of the reference's API over CoAP, of the loopback interface; empty: none");
  keys.add("coaps.listen", settings.coaps_listen,
           "Address of the reference's API over CoAP with DTLS; empty: none");
  keys.add("coaps.tls.certificate", settings.coaps_tls.certificate,
           "PEM file: the certificate for DTLS, and the chain above it");
  keys.add("coaps.tls.key", settings.coaps_tls.key, "PEM file: its key");
  keys.add("coaps.tls.clientCa", settings.coaps_tls.client_ca,
           "PEM file: the CA of the certificates that DTLS clients must have");
  keys.add("loopback.useKeys", settings.loopback_uses_keys,
           "Let whoever reaches a door of the loopback interface where nobody shows who they are "
           "make TLS keys, and sign with them: any user of this machine");
  keys.add("socket.unix", settings.socket_unix,
           "Path of the socket API's Unix socket; empty: none");
  keys.add("socket.tcp", settings.socket_tcp,
           "Address of the socket API over TCP, of the loopback interface; empty: none");
  keys.add("socket.users", settings.socket_users,
           "Roles of users at the Unix socket, USER=ROLE+ROLE each; *: of all others");
  keys.add("rest.requestSeconds", settings.request_seconds, {1, hour},
           "Time for provers and verifiers to answer");
  keys.add("rest.maxHeaderBytes", settings.max_header_bytes, {1024, 65'536},
           "Largest header of a request");
  keys.add("rest.headerSeconds", settings.header_seconds, {1, hour}, "Time for a header to come");
  keys.add("rest.bodySeconds", settings.body_seconds, {1, hour}, "Time for a body to come");
  keys.add("rest.idleSeconds", settings.idle_seconds, {1, hour},
           "Time that a connection may be kept between two requests");
  keys.add("rest.maxConnections", settings.max_connections, {1, 100'000}, "Connections at a time");
  keys.add("rest.maxRequests", settings.max_requests, {1, 10'000}, "Requests at a time");
  keys.add("rest.maxBodyBytes", settings.max_body_bytes, {4096, std::uint64_t{1} << 40U},
           "Bodies of all requests at a time, together");
  keys.add("callers.requestsPerMinute", settings.requests_per_minute, {0, 1'000'000},
           "How often each caller may ask, at all doors together; 0: as often as it likes");
  keys.add("callers.requestsAtOnce", settings.requests_at_once, {1, 1'000'000},
           "How many requests a caller may have saved up for");
  keys.add("callers.maxRequests", settings.caller_max_requests, {0, 10'000},
           "Requests of each caller at a time, at all doors together; 0: as many as there may be");
  keys.add("rest.keepSeconds", settings.keep_seconds, {1, 604'800},
           "Time that the outcomes of asynchronous and idempotent requests are kept");
}

net::limits limits_of(const gateway_settings& settings) {
  net::limits out;
  out.max_header_bytes = settings.max_header_bytes;
  out.header_time = std::chrono::seconds{settings.header_seconds};
  out.body_time = std::chrono::seconds{settings.body_seconds};
  out.idle_time = std::chrono::seconds{settings.idle_seconds};
  out.max_connections = settings.max_connections;
  out.max_requests = settings.max_requests;
  out.max_body_bytes = settings.max_body_bytes;
  return out;
}

net::rate rate_of(const gateway_settings& settings) {
  constexpr double minute = 60;
  return {static_cast<double>(settings.requests_per_minute) / minute,
          static_cast<double>(settings.requests_at_once)};
}

result<caller_book> make_callers(const gateway_settings& settings) {
  if (auto checked = check_door("rest", settings.listen, settings.tls, accepts_tokens(settings));
      !checked)
    return checked.error();
  auto callers = read_callers(settings, settings.tls); // what is wrong is wrong, used or not
  if (callers && !accepts_tokens(settings) && settings.tls.client_ca.empty())
    return caller_book::of_loopback(loopback_caller(settings.loopback_uses_keys));
  return callers;
}

result<caller_book> make_grpc_callers(const gateway_settings& settings) {
  if (settings.grpc_listen.empty())
    return caller_book::of_loopback(loopback_caller(settings.loopback_uses_keys));
  const auto& tls = settings.grpc_tls;
  if (auto checked = check_door("grpc", settings.grpc_listen, tls, accepts_tokens(settings));
      !checked)
    return checked.error();
  if (tls.certificate.empty() || (!accepts_tokens(settings) && tls.client_ca.empty()))
    return caller_book::of_loopback(loopback_caller(settings.loopback_uses_keys));
  return read_callers(settings, tls);
}

result<coap_addresses> make_coap_addresses(const gateway_settings& settings) {
  coap_addresses out{{}, {}, settings.coaps_tls};
  if (!settings.coap_listen.empty()) {
    const auto at = read_loopback("coap.listen", settings.coap_listen);
    if (!at)
      return at.error();
    out.plain = *at;
  }
  if (settings.coaps_listen.empty())
    return out;
  const auto at = read_address("coaps.listen", settings.coaps_listen);
  if (!at)
    return at.error();
  out.secure = *at;
  for (const auto& [key, value] : {std::pair{"coaps.tls.certificate", &out.tls.certificate},
                                   std::pair{"coaps.tls.key", &out.tls.key},
                                   std::pair{"coaps.tls.clientCa", &out.tls.client_ca}})
    if (value->empty())
      return error{errc::missing, key};
  if (settings.client_roles.empty())
    return error{errc::missing, "rest.clientRoles: no client of coaps would have a role"};
  return out;
}

result<coap_callers> make_coap_callers(const gateway_settings& settings) {
  auto certificates = read_named_roles(settings.client_roles, "rest.clientRoles");
  if (!certificates)
    return certificates.error();
  const caller_book book{std::vector<accepted_token>{}, *std::move(certificates)};
  return coap_callers{[book](const credentials& shown) { return book.find(shown); },
                      loopback_caller(settings.loopback_uses_keys)};
}

result<socket_addresses> make_socket_addresses(const gateway_settings& settings) {
  socket_addresses out{settings.socket_unix, {}};
  if (settings.socket_tcp.empty())
    return out;
  const auto at = read_loopback("socket.tcp", settings.socket_tcp);
  if (!at)
    return at.error();
  out.tcp = *at;
  return out;
}

result<socket_callers> make_socket_callers(const gateway_settings& settings) {
  const std::vector<role> every{all_roles().begin(), all_roles().end()};
  std::map<std::uint32_t, std::vector<role>> users{{0, every}, {geteuid(), every}};
  const auto named = read_named_roles(settings.socket_users, "socket.users");
  if (!named)
    return named.error();
  for (const auto& [user, roles] : named->of) {
    const auto uid = find_user(user);
    if (!uid)
      return uid.error();
    users[*uid] = roles;
  }
  return socket_callers{
    [users, others = named->of_others](std::uint32_t uid) {
      const auto at = users.find(uid);
      return caller{"uid " + std::to_string(uid), at == users.end() ? others : at->second};
    },
    loopback_caller(settings.loopback_uses_keys)};
}

} // namespace troth::services
