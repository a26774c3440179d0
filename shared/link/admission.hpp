#pragma once

#include "shared/base/result.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/link/socket.hpp"

#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct x509_st; // OpenSSL's X509

namespace troth::link {

/// The URI that names a role in a certificate's subjectAltName.
inline constexpr std::string_view role_uri = "urn:troth:role:";

/// Returns the role that a certificate gives its holder.
/// @returns `missing` if it names none, `forbidden` if more than one.
result<std::string> role_of(const crypto::certificate& certificate);

/// Which users of this machine are peers: one of these, or in one of these groups.
struct local_users {
  std::set<uid_t> users;
  std::set<gid_t> groups;
};

/// Whom we talk with, over one door or on one call.
struct expected_peers {
  std::vector<std::string> roles; ///< By their certificates.
  std::vector<std::string> hosts; ///< One of which their certificate is issued to; empty: any.
  local_users users;              ///< By the kernel, of Unix sockets.
};

/// Who a peer has shown to be.
struct identity {
  std::string id;   ///< One for each role and name, and for each user of this machine.
  std::string role; ///< Of its certificate; of a local user what its place is for.
  std::string name; ///< The first that its certificate is issued to; of a local user its number.
  time_point until = time_point::max(); ///< When that ends.
  std::string fingerprint = {};         ///< SHA-256 of the certificate, hex; empty: none.
};

/// Why a connection did not become a link.
struct refusal {
  const char* reason; ///< Of a small fixed set, for figures.
  error why;
};

/// What came of looking at a peer.
using admission = std::variant<identity, refusal>;

/// Looks at the holder of a certificate that chains to our CA. A reason is `role` or `name`, its
/// code `missing` where the certificate says neither, `forbidden` where it says another.
admission admit(const crypto::certificate& shown, const expected_peers& expected);

/// Looks at who holds the other end of a Unix socket. The reason is `user`, its code `forbidden`.
admission admit(const local_user& shown, const expected_peers& expected);

} // namespace troth::link
