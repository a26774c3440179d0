#include "services/common.hpp"

#include <array>
#include <chrono>
#include <unistd.h>

namespace troth::services {

namespace {

std::string host_name() {
  std::array<char, 256> out{};
  return gethostname(out.data(), out.size() - 1) == 0 ? out.data() : "localhost";
}

/// Whether a certificate can be issued to this host, without a wildcard.
bool is_host(std::string_view text) {
  constexpr std::string_view of_names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789.-_";
  constexpr std::string_view of_addresses = "0123456789abcdefABCDEF.:"; // IPv6
  return !text.empty() && !text.starts_with('.') && !text.ends_with('.')
         && (text.find_first_not_of(of_names) == std::string_view::npos
             || (text.find(':') != text.rfind(':')
                 && text.find_first_not_of(of_addresses) == std::string_view::npos));
}

/// Refuses names that no certificate's can be, and names where none are shown.
result<void> check_names(const common_options& chosen, bool is_dialled) {
  const auto at = link::parse_endpoint(chosen.listen);
  if (!chosen.tls_names.empty() && (!is_dialled || !at || at->is_local()))
    return error{errc::malformed, "tls.names: nobody dials this process by TLS"};
  for (const auto& name : chosen.tls_names)
    if (!is_host(name))
      return error{errc::malformed,
                   "tls.names: \"" + name + "\": neither a host name nor an address"};
  return {};
}

} // namespace

link::limits link_limits::granted() const {
  return {{max_handshakes, max_handshakes_of_an_address, std::chrono::seconds{handshake_seconds}},
          {max_peers, max_peers_of_an_address}};
}

void add_common(configuration& keys, common_options& options, const std::string& service) {
  if (options.name.empty())
    options.name = host_name();
  if (options.state.empty())
    options.state = "/var/lib/troth/" + service;
  keys.add("name", options.name, "Name of this instance, in logs and greetings");
  keys.add("listen", options.listen,
           "Where peers dial this process: unix:///PATH, or tls://HOST:PORT, whose port 0 picks a "
           "free one; HOST:PORT means the latter");
  keys.add("admin", options.admin,
           "Address of /healthz, /readyz, /metrics and /version; empty: none");
  keys.add("state", options.state, "Folder for what must outlive the process");
  keys.add("tls.ca", options.tls.ca, "PEM file: the CA of all processes of the deployment");
  keys.add("tls.certificate", options.tls.certificate,
           "PEM file: our certificate, and the chain above it");
  keys.add("tls.key", options.tls.key, "PEM file: the key of our certificate");
  keys.add("tls.denied", options.tls.denied,
           "File with the SHA-256 of certificates that are no longer good, one a line");
  keys.add("tls.names", options.tls_names,
           "Host names or addresses, of their certificates, of those who may dial this process; "
           "none: all who have a role that dials it");
  keys.add("unix.users", options.unix_users,
           "Names or numbers of the users that peers over Unix sockets run as");
  keys.add("unix.groups", options.unix_groups,
           "The same of groups; with neither, peers run as the same user as this process");
  keys.add("links.maxHandshakes", options.links.max_handshakes, {1, 10'000},
           "Connections whose other side is not known yet; more push out the oldest");
  keys.add("links.maxHandshakesPerAddress", options.links.max_handshakes_of_an_address, {1, 10'000},
           "Of these, from one address");
  keys.add("links.handshakeSeconds", options.links.handshake_seconds, {1, 60},
           "Time for the other side to show who it is");
  keys.add("links.maxPeers", options.links.max_peers, {1, 10'000},
           "Peers that have dialled this process; more are refused");
  keys.add("links.maxPeersPerAddress", options.links.max_peers_of_an_address, {1, 10'000},
           "Of these, from one address");
  keys.add("logLevel", options.log_level, {"debug", "info", "warning", "error"},
           "The least of what is logged");
  keys.add("logFormat", options.log_format, {"text", "json"}, "Form of a line of the log");
  keys.add("maxReportBytes", options.max_report_bytes, {1024, std::uint64_t{1} << 30U},
           "Largest report or body accepted");
  keys.add("stopSeconds", options.stop_seconds, {1, 600},
           "Time to finish what is under way when told to stop");
}

result<link::address> read_address(const std::string& key, const std::string& value) {
  auto read = link::parse_address(value);
  if (!read)
    return error{read.error().code, key + ": " + read.error().where};
  return read;
}

result<void> check_links(const common_options& chosen, const peers& with) {
  auto all = with.dials;
  if (with.is_dialled)
    all.push_back({"listen", chosen.listen});
  const auto& tls = chosen.tls;
  const auto has_files = !tls.ca.empty() && !tls.certificate.empty() && !tls.key.empty();
  const auto has_a_file = !tls.ca.empty() || !tls.certificate.empty() || !tls.key.empty();
  for (const auto& [key, value] : all) {
    const auto at = link::parse_endpoint(value);
    if (!at)
      return error{at.error().code, key + ": " + at.error().where};
    if (key != "listen" && !at->is_local() && at->at.host.empty())
      return error{errc::malformed, key + ": address: " + value + ": no host"};
    if (!at->is_local() && !has_files)
      return error{errc::missing, "tls: ca, certificate and key are needed, all three, for " + key};
  }
  if (const auto named = check_names(chosen, with.is_dialled); !named)
    return named;
  const auto users = link::find_local_users(chosen.unix_users, chosen.unix_groups);
  if (!users)
    return error{users.error().code, "unix: " + users.error().where};
  if (has_a_file)
    if (const auto opened = link::keyring::open(tls, with.role); !opened)
      return opened.error();
  return {};
}

} // namespace troth::services
