#include "shared/link/admission.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/host_name.hpp"

#include <algorithm>
#include <utility>

namespace troth::link {

namespace {

std::string joined(const std::vector<std::string>& all, const char* between) {
  std::string out;
  for (const auto& one : all)
    out += (out.empty() ? "" : between) + one;
  return out;
}

/// Returns whom a certificate is issued to: host names before addresses.
std::vector<std::string> names_of(const crypto::certificate& shown) {
  auto out = shown.dns_names();
  for (auto& address : shown.ip_addresses())
    out.push_back(std::move(address));
  return out;
}

} // namespace

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

admission admit(const crypto::certificate& shown, const expected_peers& expected) {
  const auto subject = shown.subject();
  const auto role = role_of(shown);
  if (!role)
    return refusal{"role", {role.error().code, subject + ": " + role.error().where}};
  if (std::ranges::find(expected.roles, *role) == expected.roles.end())
    return refusal{"role",
                   {errc::forbidden,
                    subject + ": role " + *role + ", expected " + joined(expected.roles, ", ")}};
  const auto names = names_of(shown);
  if (names.empty())
    return refusal{"name", {errc::missing, subject + ": certificate: no DNS name or IP address"}};
  const auto is_of = [&](const std::string& host) { return crypto::is_issued_to(shown, host); };
  if (!expected.hosts.empty() && std::ranges::none_of(expected.hosts, is_of))
    return refusal{"name",
                   {errc::forbidden, subject + ": certificate for " + joined(names, ", ")
                                       + ", expected " + joined(expected.hosts, ", ")}};
  return identity{*role + ' ' + names.front(), *role, names.front(), shown.not_after(),
                  hex(shown.sha256().view())};
}

admission admit(const local_user& shown, const expected_peers& expected) {
  const auto name = "uid " + std::to_string(shown.user);
  const auto is_ours = [&](gid_t group) { return expected.users.groups.contains(group); };
  if (!expected.users.users.contains(shown.user) && !is_ours(shown.group)
      && std::ranges::none_of(shown.other_groups, is_ours))
    return refusal{"user",
                   {errc::forbidden, name + ", gid " + std::to_string(shown.group)
                                       + ": no user or group that is expected"}};
  return identity{.id = name, .role = joined(expected.roles, "|"), .name = name};
}

} // namespace troth::link
