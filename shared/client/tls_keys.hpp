#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/client/http.hpp"
#include "shared/client/remote_key.hpp"
#include "shared/wire/tls_keys.hpp"

#include <functional>
#include <string>
#include <vector>

// TLS keys that a machine keeps for its applications, as its gateway is asked for them.

namespace troth::client {

/// A key that is to be made, and certified by the EST server.
struct key_order {
  std::string kind;      ///< `tpm`, or `sw` for one in a file of the machine's.
  std::string algorithm; ///< `EC256`, `EC384`, `RSA2048`, `RSA3072`.
  std::string common_name;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
};

/// What can be done with keys. None: the API has no such, which is said at each. Errors are as
/// `rest.hpp` says.
struct key_calls {
  /// Lists ours. None: those of the reference.
  std::function<result<std::vector<wire::tls_key>>()> list;
  /// Makes one. @returns its id.
  std::function<result<std::string>(const key_order&)> create;
  /// @returns its certificate and those above it, PEM.
  std::function<result<std::string>(const std::string& id)> certificate;
  /// Signs a digest: ECDSA in DER, or RSASSA-PSS whose salt is as long as the digest.
  std::function<result<bytes>(const std::string& id, hash_algorithm hash, byte_view digest)> sign;
  /// Makes another key of the same id. None: those of the reference.
  std::function<result<wire::tls_key>(const std::string& id)> rotate;
  /// None: those of the reference.
  std::function<result<void>(const std::string& id)> erase;
};

/// The native API.
key_calls keys_over_rest(http_send send);

/// Returns what asks a gateway to sign with one of its keys, for `use_remote_key`.
remote_signer signer_with(const key_calls& keys, std::string id);

/// Returns what has a TLS context show and use a key of a gateway's, as
/// `atls::tls_settings::adjust` does. Asks for its certificate, and again once the key was rotated,
/// which costs the one handshake that finds out.
/// @param on_failure as `remote_key` has it.
/// @returns it; what `certificate` returns.
result<std::function<result<void>(ssl_ctx_st*)>>
use_key_of(const key_calls& keys, const std::string& id,
           std::function<void(const error&)> on_failure);

} // namespace troth::client
