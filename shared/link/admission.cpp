#include "shared/link/admission.hpp"

#include "shared/crypto/certificate.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

namespace troth::link {

namespace {

std::mutex mutex;
std::shared_ptr<const admission> current; // guarded by mutex

std::shared_ptr<const admission> get_admission() {
  const std::lock_guard lock{mutex};
  return current;
}

} // namespace

result<crypto::certificate> read_certificate(const x509_st* from) {
  const auto size = i2d_X509(from, nullptr);
  if (size <= 0)
    return error{errc::malformed, "certificate"};
  bytes der(static_cast<std::size_t>(size));
  auto* out = der.data();
  i2d_X509(from, &out);
  return crypto::certificate::from_der(der);
}

void set_admission(admission chosen) {
  auto next = std::make_shared<const admission>(std::move(chosen));
  const std::lock_guard lock{mutex};
  current = std::move(next);
}

bool is_admitted(x509_st* peer, side ours) {
  const auto rules = get_admission();
  if (!rules)
    return false;
  const auto certificate = read_certificate(peer);
  if (!certificate) {
    rules->refused(to_string(certificate.error()));
    return false;
  }
  const auto role = role_of(*certificate);
  if (!role) {
    rules->refused(certificate->subject() + ": " + to_string(role.error()));
    return false;
  }
  const auto& expected = ours == side::accepting ? rules->accepts : rules->dials;
  if (std::find(expected.begin(), expected.end(), *role) != expected.end())
    return true;
  std::string all;
  for (const auto& one : expected)
    all += (all.empty() ? "" : ", ") + one;
  rules->refused(certificate->subject() + ": role " + *role + ", expected " + all);
  return false;
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

} // namespace troth::link
