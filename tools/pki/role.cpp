#include "tools/pki/role.hpp"

#include <algorithm>

namespace troth::pki {

namespace {

using crypto::eku::client_auth;
using crypto::eku::code_signing;
using crypto::eku::ocsp_signing;
using crypto::eku::server_auth;
using crypto::eku::tpm_ak;

bool matches(const role& candidate, const crypto::certificate& certificate) {
  const auto uris = certificate.uris();
  const auto names_it = std::ranges::count(uris, role_uri(candidate)) != 0;
  return candidate.names_role == names_it
         && std::ranges::equal(candidate.extended_key_usages, certificate.extended_key_usages());
}

} // namespace

std::span<const authority> authorities() {
  static const std::vector<authority> all{
    {"tls-ca", "Troth TLS CA", {server_auth, client_auth}},
    {"metadata-ca", "Troth metadata CA", {code_signing}},
    {"ak-ca", "Troth attestation key CA", {tpm_ak}},
    {"status-ca", "Troth status CA", {ocsp_signing}},
    {"tls-keys-ca", "Troth TLS key CA", {server_auth, client_auth}},
  };
  return all;
}

std::span<const role> roles() {
  static const std::vector<std::string_view> peer{server_auth, client_auth};
  static const std::vector<role> all{
    {"driver", "tls-ca", peer, "a troth-driver to its peers", true},
    {"prover", "tls-ca", peer, "a troth-prover to its peers", true},
    {"verifier", "tls-ca", peer, "a troth-verifier to its peers", true},
    {"est", "tls-ca", peer, "a troth-est to its peers", true},
    {"gateway", "tls-ca", peer, "a troth-gateway to its peers", true},
    {"gateway-server", "tls-ca", {server_auth}, "a troth-gateway to its HTTPS clients", false},
    {"metadata-signer", "metadata-ca", {code_signing}, "whoever signs metadata", false},
    {"status-signer",
     "status-ca",
     {ocsp_signing},
     "whoever signs whether metadata still is good",
     false},
  };
  return all;
}

result<role> find_role(std::string_view name) {
  const auto at = std::ranges::find(roles(), name, &role::name);
  if (at != roles().end())
    return *at;
  std::string known;
  for (const auto& one : roles())
    known += (known.empty() ? "" : ", ") + std::string{one.name};
  return error{errc::unsupported, "role " + std::string{name} + "; there are " + known};
}

result<role> role_of(const crypto::certificate& certificate) {
  const auto at = std::ranges::find_if(roles(), [&](const role& candidate) {
    return matches(candidate, certificate);
  });
  if (at == roles().end())
    return error{errc::unsupported, "\"" + certificate.subject() + "\" is for no role of ours"};
  return *at;
}

std::string role_uri(const role& of) {
  return "urn:troth:role:" + std::string{of.name};
}

} // namespace troth::pki
