#include "services/gateway/settings.hpp"

#include "services/authentication.hpp"
#include "services/common.hpp"
#include "shared/files/files.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <pwd.h>
#include <sstream>
#include <unistd.h>

namespace troth::services {

namespace {

constexpr std::size_t max_tokens_bytes = std::size_t{1024} * 1024;
constexpr std::uint64_t hour = 3'600;

/// Reads the digests of a token file: one a line; what is behind a `#` is a comment.
result<std::vector<std::string>> read_digests(const std::string& file) {
  const auto content = files::read(file, max_tokens_bytes);
  if (!content)
    return error{content.error().code, "rest.tokens: " + content.error().where};
  std::vector<std::string> out;
  std::istringstream lines{to_text(*content)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line.substr(0, line.find('#'))};
    for (std::string word; words >> word;)
      out.push_back(word);
  }
  if (out.empty())
    return error{errc::missing, "rest.tokens: " + file + " holds none"};
  return out;
}

result<void> check_tls(const http::tls_files& tls) {
  if (tls.certificate.empty() != tls.key.empty())
    return error{errc::missing, "rest.tls: certificate and key go together"};
  if (tls.certificate.empty() && !tls.client_ca.empty())
    return error{errc::missing, "rest.tls.clientCa: there is no rest.tls.certificate"};
  return {};
}

result<void> check_exposure(const gateway_settings& settings) {
  const auto at = read_address("rest.listen", settings.listen);
  if (!at)
    return at.error();
  if (link::is_loopback(at->host))
    return {};
  const auto refuse = [&](const char* lacks) {
    return error{errc::forbidden,
                 "rest.listen: " + settings.listen + " is not of the loopback interface: " + lacks};
  };
  if (settings.tls.certificate.empty())
    return refuse("rest.tls.certificate is needed");
  if (settings.tls.client_ca.empty() && settings.tokens.empty())
    return refuse("rest.tls.clientCa or rest.tokens is needed");
  return {};
}

/// The roles of one user, or of all others.
struct user_roles {
  std::optional<std::uint32_t> uid;
  std::vector<role> roles;
};

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

result<user_roles> read_user(const std::string& text) {
  const auto at = text.find('=');
  if (at == 0 || at == std::string::npos)
    return error{errc::malformed, "socket.users: " + text + ": expected USER=ROLE+ROLE"};
  user_roles out;
  if (const auto user = text.substr(0, at); user != "*") {
    const auto uid = find_user(user);
    if (!uid)
      return uid.error();
    out.uid = *uid;
  }
  std::istringstream names{text.substr(at + 1)};
  for (std::string name; std::getline(names, name, '+');) {
    const auto read = parse_role(name);
    if (!read)
      return error{read.error().code, "socket.users: " + read.error().where};
    out.roles.push_back(*read);
  }
  if (out.roles.empty())
    return error{errc::malformed, "socket.users: " + text + ": expected USER=ROLE+ROLE"};
  return out;
}

} // namespace

void add_gateway(configuration& keys, gateway_settings& settings) {
  keys.add("provers", settings.provers, "Provers, HOST:PORT each; none: no attestations");
  keys.add("verifiers", settings.verifiers,
           "Verifiers, HOST:PORT each; none: no challenges, no appraisals");
  keys.add("rest.listen", settings.listen,
           "Address of the REST API; beyond loopback it needs TLS and authentication");
  keys.add("rest.tls.certificate", settings.tls.certificate,
           "PEM file: the API's certificate, and the chain above it; empty: plain HTTP");
  keys.add("rest.tls.key", settings.tls.key, "PEM file: its key");
  keys.add("rest.tls.clientCa", settings.tls.client_ca,
           "PEM file: the CA of the certificates that clients must have; empty: none needed");
  keys.add("rest.tokens", settings.tokens,
           "File: the SHA-256 of each accepted bearer token, hex, one a line; empty: none needed");
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

result<http::authenticator> make_access(const gateway_settings& settings) {
  if (auto checked = check_tls(settings.tls); !checked)
    return checked.error();
  if (auto checked = check_exposure(settings); !checked)
    return checked.error();
  if (settings.tokens.empty())
    return http::authenticator{};
  const auto digests = read_digests(settings.tokens);
  if (!digests)
    return digests.error();
  return bearer_tokens(*digests, "rest.tokens");
}

result<socket_addresses> make_socket_addresses(const gateway_settings& settings) {
  socket_addresses out{settings.socket_unix, {}};
  if (settings.socket_tcp.empty())
    return out;
  const auto at = read_address("socket.tcp", settings.socket_tcp);
  if (!at)
    return at.error();
  if (!link::is_loopback(at->host))
    return error{errc::forbidden, "socket.tcp: " + settings.socket_tcp
                                    + " is not of the loopback interface, and has no way to show "
                                      "who asks"};
  out.tcp = *at;
  return out;
}

result<socket_callers> make_socket_callers(const gateway_settings& settings) {
  const std::vector<role> every{all_roles().begin(), all_roles().end()};
  std::map<std::uint32_t, std::vector<role>> users{{0, every}, {geteuid(), every}};
  std::vector<role> others;
  for (const auto& text : settings.socket_users) {
    const auto read = read_user(text);
    if (!read)
      return read.error();
    auto& roles = read->uid ? users[*read->uid] : others;
    roles = read->roles;
  }
  return socket_callers{
    [users, others](std::uint32_t uid) {
      const auto at = users.find(uid);
      return caller{"uid " + std::to_string(uid), at == users.end() ? others : at->second};
    },
    {"loopback", {role::attester, role::relying_party}}};
}

} // namespace troth::services
