#pragma once

#include "services/configuration.hpp"
#include "services/logging.hpp"
#include "shared/link/address.hpp"
#include "shared/link/link.hpp"

#include <cstdint>
#include <string>

namespace troth::services {

/// What every process of ours is told. The values here are the defaults; a service sets its own
/// addresses before `add_common`.
struct common_options {
  std::string name;   ///< Of the instance, in logs and greetings; empty: the host's.
  std::string listen; ///< `host:port`.
  std::string admin;  ///< `host:port` of /healthz and the like; empty: none.
  std::string state;  ///< Folder; empty: /var/lib/troth/SERVICE.
  link::credentials tls;
  std::string log_level = "info";
  std::string log_format = "text";
  std::uint64_t max_report_bytes = std::uint64_t{16} * 1024 * 1024;
  std::uint64_t stop_seconds = 8;
};

/// Adds the keys of `options`.
void add_common(configuration& keys, common_options& options, const std::string& service);

/// Reads an address key. @returns `malformed`, with the key.
result<link::address> read_address(const std::string& key, const std::string& value);

} // namespace troth::services
