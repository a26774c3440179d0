#include "shared/client/tls.hpp"

#include "shared/crypto/certificate.hpp"
#include "shared/crypto/key.hpp"
#include "shared/files/files.hpp"

#include <openssl/ssl.h>

#include <span>
#include <stdexcept>
#include <string>

namespace troth::client {

namespace {

constexpr std::size_t max_pem = std::size_t{1024} * 1024;

/// Reads a PEM file with `parse`, whose error then names the file.
template <class Parse>
auto load(const std::filesystem::path& file, Parse parse) -> decltype(parse(std::string_view{})) {
  const auto pem = files::read(file, max_pem);
  if (!pem)
    return pem.error();
  auto parsed = parse(to_text(*pem));
  if (!parsed)
    return error{parsed.error().code, file.string() + ": " + parsed.error().where};
  return parsed;
}

bool is_about_certificates(int description) {
  return (description >= SSL_AD_BAD_CERTIFICATE && description <= SSL_AD_CERTIFICATE_UNKNOWN)
         || description == SSL_AD_UNKNOWN_CA || description == SSL_AD_ACCESS_DENIED
         || description == SSL_AD_CERTIFICATE_REQUIRED;
}

void note_alert(int is_sent, int, int content_type, const void* message, std::size_t size, SSL*,
                void* into) {
  if (content_type != SSL3_RT_ALERT || size != 2)
    return;
  const std::span alert{static_cast<const std::uint8_t*>(message), size};
  auto& seen = *static_cast<tls_alert*>(into);
  if (alert[0] == SSL3_AL_FATAL)
    (is_sent != 0 ? seen.sent : seen.received) = alert[1];
}

} // namespace

bool tls_alert::says_that_peer_is_untrusted() const {
  return is_about_certificates(sent)
         || sent == SSL_AD_INTERNAL_ERROR; // of a certificate for another host
}

bool tls_alert::says_that_we_are_untrusted() const {
  return is_about_certificates(received);
}

result<void> check_tls(const tls_options& options) {
  if (options.certificate.empty() != options.key.empty())
    return error{errc::missing, "a certificate and its key go together"};
  if (!options.ca.empty())
    if (const auto ca = load(options.ca, crypto::certificate::from_pem); !ca)
      return ca.error();
  if (options.certificate.empty())
    return {};
  const auto certificates = load(options.certificate, crypto::certificate::from_pem);
  if (!certificates)
    return certificates.error();
  const auto key = load(options.key, crypto::private_key::from_pem);
  if (!key)
    return key.error();
  if (certificates->front().key() != key->public_half())
    return error{errc::conflict,
                 options.key.string() + ": not the key of " + options.certificate.string()};
  return {};
}

void set_up_tls(SSL_CTX* context, const tls_options& options, tls_alert& alert) {
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_msg_callback(context, note_alert);
  SSL_CTX_set_msg_callback_arg(context, &alert);
  bool done = true;
  if (!options.ca.empty()) {
    SSL_CTX_set_cert_store(context, X509_STORE_new()); // not the system's roots besides
    done = SSL_CTX_load_verify_locations(context, options.ca.c_str(), nullptr) == 1;
  }
  if (!options.certificate.empty())
    done = done && SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) == 1
           && SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) == 1;
  if (!done)
    throw std::runtime_error{"the certificates or the key cannot be used"};
}

} // namespace troth::client
