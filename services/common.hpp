#pragma once

#include "services/configuration.hpp"
#include "services/logging.hpp"
#include "shared/link/address.hpp"
#include "shared/link/link.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troth::services {

/// What those who dial a process of ours are granted, as its configuration says it.
struct link_limits {
  std::uint64_t max_handshakes = link::waiting_limits{}.all;
  std::uint64_t max_handshakes_of_an_address = link::waiting_limits{}.of_an_address;
  std::uint64_t handshake_seconds = 3;
  std::uint64_t max_peers = link::roster_limits{}.of_a_door;
  std::uint64_t max_peers_of_an_address = link::roster_limits{}.of_an_address;

  link::limits granted() const;
};

/// What every process of ours is told. The values here are the defaults; a service sets its own
/// addresses before `add_common`.
struct common_options {
  std::string name;   ///< Of the instance, in logs and greetings; empty: the host's.
  std::string listen; ///< `unix:///path`, `tls://host:port` or `host:port`, which is the latter.
  std::string admin;  ///< `host:port` of /healthz and the like; empty: none.
  std::string state;  ///< Folder; empty: /var/lib/troth/SERVICE.
  link::credentials tls;
  std::vector<std::string> tls_names;  ///< Of those who may dial this process; none: any.
  std::vector<std::string> unix_users; ///< Peers over Unix sockets; none of both: our own user.
  std::vector<std::string> unix_groups;
  link_limits links;
  std::string log_level = "info";
  std::string log_format = "text";
  std::uint64_t max_report_bytes = std::uint64_t{16} * 1024 * 1024;
  std::uint64_t stop_seconds = 8;
};

/// Adds the keys of `options`.
void add_common(configuration& keys, common_options& options, const std::string& service);

/// Reads an address key. @returns `malformed`, with the key.
result<link::address> read_address(const std::string& key, const std::string& value);

/// Where a service of ours is dialled, and the key that says so.
struct dialled_address {
  std::string key;
  std::string value;
};

/// What a process's peers are to it.
struct peers {
  std::string role; ///< Our own.
  bool is_dialled;  ///< Whether anybody dials it.
  std::vector<dialled_address> dials;
};

/// Checks where this process meets its peers, and that it has what it takes there.
/// @returns `malformed`, `too_large` for an address; `missing` for none where peers dial it, and
///          for TLS without certificates; `not_found` for users or groups that there are not; as
///          `link::keyring::open` for certificates that cannot be used.
result<void> check_links(const common_options& chosen, const peers& with);

} // namespace troth::services
