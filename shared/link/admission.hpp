#pragma once

#include "shared/base/result.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/link/side.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

struct x509_st; // OpenSSL's X509

namespace troth::link {

/// The URI that names a role in a certificate's subjectAltName.
inline constexpr std::string_view role_uri = "urn:troth:role:";

/// Copies a certificate out of OpenSSL's hands. @returns `malformed`.
result<crypto::certificate> read_certificate(const x509_st* from);

/// Returns the role that a certificate gives its holder.
/// @returns `missing` if it names none, `forbidden` if more than one.
result<std::string> role_of(const crypto::certificate& certificate);

/// Whom this process talks with. One for the process, since CAF makes its TLS
/// contexts out of our reach.
struct admission {
  std::vector<std::string> accepts; ///< Roles that may dial us.
  std::vector<std::string> dials;   ///< Roles that we dial.

  /// Told why a certificate was refused. Called from CAF's threads.
  std::function<void(const std::string& why)> refused = [](const std::string&) {};
};

/// Replaces the admission. Before there is one, nobody is admitted.
void set_admission(admission chosen);

/// Returns whether a peer with this certificate, which chains to our CA, may
/// talk with us: it must name exactly one role, and that one be expected.
bool is_admitted(x509_st* peer, side ours);

} // namespace troth::link
