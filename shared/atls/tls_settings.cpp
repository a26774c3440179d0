#include "shared/atls/tls_settings.hpp"

#include "shared/atls/renewal.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/shown_certificate.hpp"

#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/rand.h>

#include <array>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace troth::atls {

namespace {

namespace ssl = boost::asio::ssl;

result<void> load(const char* what, const std::string& file, const auto& call) {
  boost::system::error_code why;
  call(why);
  if (!why)
    return {};
  const auto code = static_cast<unsigned long>(why.value()); // of the system, as OpenSSL keeps it
  const auto is_of_system = why.category() == boost::asio::error::get_ssl_category()
                            && ERR_SYSTEM_ERROR(code) != 0;
  return error{errc::io, std::string{what} + ' ' + file + ": "
                           + (is_of_system ? std::generic_category().message(ERR_GET_REASON(code))
                                           : why.message())};
}

/// Ends what would let a peer come back without a handshake, or speak before it is over.
void forbid_resumption(SSL_CTX* context) {
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_recv_max_early_data(context, 0);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
}

result<bytes> export_keys(SSL* connection, std::string_view label,
                          std::optional<byte_view> context) {
  bytes out(exported_bytes);
  const auto of = context.value_or(byte_view{});
  if (SSL_export_keying_material(connection, out.data(), out.size(), label.data(), label.size(),
                                 of.data(), of.size(), context ? 1 : 0)
      != 1)
    return error{errc::internal, "aTLS: this connection has no exporter"};
  return out;
}

} // namespace

result<tls_context> make_context(side ours, const tls_settings& from) {
  if (from.roots.empty())
    return error{errc::missing, "tls.roots"};
  const auto has_own = from.adjust || !from.certificate.empty();
  if (!has_own && (ours == side::server || !from.key.empty()))
    return error{errc::missing, "tls.certificate"};
  if (!from.certificate.empty() && from.key.empty())
    return error{errc::missing, "tls.key"};
  auto made = std::make_shared<ssl::context>(ours == side::client ? ssl::context::tls_client
                                                                  : ssl::context::tls_server);
  auto* const context = made->native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
  forbid_resumption(context);
  made->set_verify_mode(ours == side::client ? ssl::verify_peer
                        : from.demands_certificate
                          ? ssl::verify_peer | ssl::verify_fail_if_no_peer_cert
                          : ssl::verify_none);
  if (auto done = load("tls.roots", from.roots,
                       [&](auto& why) { made->load_verify_file(from.roots, why); });
      !done)
    return done.error();
  if (!from.certificate.empty()) {
    if (auto done
        = load("tls.certificate", from.certificate,
               [&](auto& why) { made->use_certificate_chain_file(from.certificate, why); });
        !done)
      return done.error();
    if (auto done
        = load("tls.key", from.key,
               [&](auto& why) { made->use_private_key_file(from.key, ssl::context::pem, why); });
        !done)
      return done.error();
  }
  if (from.adjust)
    if (auto done = from.adjust(context); !done)
      return done.error();
  return made;
}

result<tls_peer> look_at(SSL* connection) {
  if (SSL_version(connection) != TLS1_3_VERSION)
    return error{errc::unsupported,
                 std::string{"aTLS: "} + SSL_get_version(connection) + ", expected TLSv1.3"};
  if (SSL_session_reused(connection) != 0)
    return error{errc::unsupported, "aTLS: a session that was resumed, expected a new one"};
  tls_peer out;
  const auto* const shown = SSL_get0_peer_certificate(connection);
  if (shown == nullptr)
    return out;
  const auto certificate = crypto::read_shown_certificate(shown);
  if (!certificate)
    return certificate.error();
  out.fingerprint = hex(certificate->sha256().view());
  out.names = certificate->dns_names();
  const auto addresses = certificate->ip_addresses();
  out.names.insert(out.names.end(), addresses.begin(), addresses.end());
  return out;
}

result<bytes> export_nonce(SSL* connection, side of) {
  return export_keys(connection, exporter_label(of), std::nullopt);
}

result<bytes> export_renewal_nonce(SSL* connection, side of, byte_view challenge) {
  return export_keys(connection, renewal_label(of), challenge);
}

result<bytes> make_challenge() {
  bytes out(wire::atls::challenge_bytes);
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1)
    return error{errc::internal, "aTLS: no randomness"};
  return out;
}

} // namespace troth::atls
