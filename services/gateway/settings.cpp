#include "services/gateway/settings.hpp"

#include "services/authentication.hpp"
#include "services/common.hpp"
#include "shared/files/files.hpp"

#include <sstream>

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

http::limits limits_of(const gateway_settings& settings) {
  http::limits out;
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

} // namespace troth::services
