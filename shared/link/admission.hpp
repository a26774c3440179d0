#pragma once

#include "shared/base/result.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/link/socket.hpp"

#include <set>
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

/// Who a peer has shown to be.
struct identity {
  std::string id;   ///< One for each role and name, and for each user of this machine.
  std::string role; ///< Of its certificate; of a local user what its place is for.
  std::string name; ///< For logs.
  time_point until = time_point::max(); ///< When that ends.
  std::string fingerprint = {};         ///< SHA-256 of the certificate, hex; empty: none.
};

/// Returns who holds a certificate that chains to our CA.
/// @param roles that are expected here.
/// @returns `missing`, `forbidden`.
result<identity> admit(const crypto::certificate& shown, const std::vector<std::string>& roles);

/// Which users of this machine are peers: one of these, or in one of these groups.
struct local_users {
  std::set<uid_t> users;
  std::set<gid_t> groups;
};

/// Returns who holds the other end of a Unix socket.
/// @returns `forbidden`.
result<identity> admit(const local_user& shown, const local_users& allowed,
                       const std::vector<std::string>& roles);

} // namespace troth::link
