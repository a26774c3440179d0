#pragma once

#include "shared/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

// TLS keys of a machine, as REST and provers have them: docs/rest.md.

namespace troth::wire {

inline constexpr std::string_view pem_chain_media_type = "application/pem-certificate-chain";

/// What a TLS key is, and whose.
struct tls_key {
  std::string id;        ///< A UUID.
  std::string kind;      ///< `tpm`, `sw`.
  std::string algorithm; ///< `EC256`, `RSA2048` and the like.
  std::string common_name;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  std::string owner;
  std::string created;   ///< RFC 3339.
  std::string not_after; ///< RFC 3339, of the certificate.
};

/// Reads `{"keys": [...]}`, as provers have it. Members that are not ours are passed over.
/// @returns `missing`, `malformed`; what `codec::parse_json` returns.
result<std::vector<tls_key>> read_tls_keys(std::string_view body);

/// Writes what `read_tls_keys` reads.
std::string write_tls_keys(const std::vector<tls_key>& keys);

/// Writes one of them, as an object of its own.
std::string write_tls_key(const tls_key& key);

/// Splits a PEM text into its `CERTIFICATE` blocks, each with its lines' ends.
/// @returns `malformed` if there is none, or one has no end; `too_large` above 16.
result<std::vector<std::string>> split_certificates(std::string_view pem);

} // namespace troth::wire
