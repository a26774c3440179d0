#include "shared/link/admission.hpp"

#include "shared/base/hex.hpp"

#include <openssl/ssl.h>

#include <algorithm>

namespace troth::link {

namespace {

std::string joined(const std::vector<std::string>& roles, const char* between) {
  std::string out;
  for (const auto& one : roles)
    out += (out.empty() ? "" : between) + one;
  return out;
}

} // namespace

result<crypto::certificate> read_certificate(const x509_st* from) {
  const auto size = from != nullptr ? i2d_X509(from, nullptr) : 0;
  if (size <= 0)
    return error{errc::malformed, "certificate"};
  bytes der(static_cast<std::size_t>(size));
  auto* out = der.data();
  i2d_X509(from, &out);
  return crypto::certificate::from_der(der);
}

result<std::string> role_of(const crypto::certificate& certificate) {
  std::string found;
  for (const auto& uri : certificate.uris()) {
    if (!uri.starts_with(role_uri))
      continue;
    if (!found.empty())
      return error{errc::forbidden, "certificate: more than one role"};
    found = uri.substr(role_uri.size());
  }
  if (found.empty())
    return error{errc::missing, "certificate: no role (" + std::string{role_uri} + "...)"};
  return found;
}

result<identity> admit(const crypto::certificate& shown, const std::vector<std::string>& roles) {
  const auto subject = shown.subject();
  const auto role = role_of(shown);
  if (!role)
    return error{role.error().code, subject + ": " + role.error().where};
  if (std::ranges::find(roles, *role) == roles.end())
    return error{errc::forbidden,
                 subject + ": role " + *role + ", expected " + joined(roles, ", ")};
  return identity{*role + ' ' + subject, *role, subject, shown.not_after(),
                  hex(shown.sha256().view())};
}

result<identity> admit(const local_user& shown, const local_users& allowed,
                       const std::vector<std::string>& roles) {
  const auto name = "uid " + std::to_string(shown.user);
  if (!allowed.users.contains(shown.user) && !allowed.groups.contains(shown.group))
    return error{errc::forbidden, name + ", gid " + std::to_string(shown.group)
                                    + ": no user or group that is expected"};
  return identity{.id = name, .role = joined(roles, "|"), .name = name};
}

} // namespace troth::link
