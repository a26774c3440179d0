#pragma once

#include "shared/base/result.hpp"
#include "shared/crypto/certificate.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troth::pki {

/// One of the deployment's CAs. They are separate, so that whom one vouches for is nobody
/// to those who trust another.
struct authority {
  std::string_view name; ///< Of its files too: `tls-ca`.
  std::string_view common_name;
  std::vector<std::string_view> extended_key_usages; ///< Of all that it issues.
};

std::span<const authority> authorities();

/// What one certificate is for.
struct role {
  std::string_view name; ///< `verifier`
  std::string_view ca;   ///< The `name` of the authority that issues it.
  std::vector<std::string_view> extended_key_usages;
  std::string_view says; ///< For people.
  bool names_role;       ///< Whether the certificate carries `role_uri`: processes' do.
};

std::span<const role> roles();

/// @returns `unsupported`, with the roles there are.
result<role> find_role(std::string_view name);

/// @returns the role a certificate was issued for; `unsupported` if for none of ours.
result<role> role_of(const crypto::certificate& certificate);

/// Returns `urn:troth:role:verifier`.
std::string role_uri(const role& of);

} // namespace troth::pki
