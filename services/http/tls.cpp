#include "services/http/tls.hpp"

#include "shared/crypto/certificate.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

namespace troth::services::http {

namespace {

namespace ssl = boost::asio::ssl;

} // namespace

result<std::unique_ptr<ssl::context>> make_tls_context(const tls_files& files) {
  if (files.certificate.empty())
    return std::unique_ptr<ssl::context>{};
  auto made = std::make_unique<ssl::context>(ssl::context::tls_server);
  boost::system::error_code why;
  const auto unusable = [&](const char* what, const std::string& file) {
    return error{errc::io, std::string{what} + ' ' + file + ": " + why.message()};
  };
  SSL_CTX_set_min_proto_version(made->native_handle(), TLS1_3_VERSION);
  made->set_password_callback( // a service has no terminal to ask at
    [](std::size_t, ssl::context::password_purpose) { return std::string{}; }, why);
  if (made->use_certificate_chain_file(files.certificate, why))
    return unusable("rest.tls.certificate", files.certificate);
  if (made->use_private_key_file(files.key, ssl::context::pem, why))
    return unusable("rest.tls.key", files.key);
  if (files.client_ca.empty())
    return made;
  if (made->load_verify_file(files.client_ca, why))
    return unusable("rest.tls.clientCa", files.client_ca);
  made->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, why);
  return made;
}

std::vector<std::string> peer_names(const ssl_st* of) {
  const auto* const shown = SSL_get0_peer_certificate(of);
  if (shown == nullptr)
    return {};
  bytes der(static_cast<std::size_t>(std::max(0, i2d_X509(shown, nullptr))));
  auto* out = der.data();
  i2d_X509(shown, &out);
  return certificate_names(der);
}

std::vector<std::string> certificate_names(byte_view der) {
  const auto read = crypto::certificate::from_der(der);
  if (!read)
    return {};
  auto names = read->dns_names();
  for (auto& uri : read->uris())
    names.push_back(std::move(uri));
  if (auto common_name = read->subject_common_name(); !common_name.empty())
    names.push_back(std::move(common_name));
  return names;
}

} // namespace troth::services::http
