#include "shared/link/link.hpp"

#include "shared/crypto/certificate.hpp"

#include <caf/io/middleman.hpp>
#include <caf/openssl/all.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <memory>
#include <utility>

namespace troth::link {

namespace {

using namespace std::chrono_literals;

using context = std::unique_ptr<SSL_CTX, decltype([](SSL_CTX* p) { SSL_CTX_free(p); })>;

error unusable(const char* what, const std::string& file) {
  std::array<char, 256> why{};
  ERR_error_string_n(ERR_peek_last_error(), why.data(), why.size());
  ERR_clear_error();
  return {errc::io, std::string{what} + ' ' + file + ": " + why.data()};
}

/// Asks nobody for the passphrase of a key: a service has no terminal.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

/// Loads the files as CAF will, which ends the process if it cannot.
result<context> load(const credentials& files) {
  ERR_clear_error();
  context loaded{SSL_CTX_new(TLS_method())};
  if (!loaded)
    return unusable("tls", "");
  SSL_CTX_set_default_passwd_cb(loaded.get(), no_passphrase);
  if (SSL_CTX_load_verify_locations(loaded.get(), files.ca.c_str(), nullptr) != 1)
    return unusable("tls.ca", files.ca);
  if (SSL_CTX_use_certificate_chain_file(loaded.get(), files.certificate.c_str()) != 1)
    return unusable("tls.certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(loaded.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return unusable("tls.key", files.key);
  return loaded;
}

result<void> check_role(SSL_CTX* loaded, const options& chosen) {
  const auto ours = read_certificate(SSL_CTX_get0_certificate(loaded));
  if (!ours)
    return ours.error();
  const auto role = role_of(*ours);
  if (!role)
    return error{errc::forbidden, chosen.files.certificate + ": " + role.error().where};
  if (*role != chosen.role)
    return error{errc::forbidden,
                 chosen.files.certificate + ": role " + *role + ", expected " + chosen.role};
  return {};
}

/// Refuses a certificate of another CA here, not at the first peer.
result<void> check_chain(SSL_CTX* loaded, const std::string& file) {
  if (SSL_CTX_build_cert_chain(loaded, SSL_BUILD_CHAIN_FLAG_UNTRUSTED) == 1)
    return {};
  auto why = unusable("tls.certificate", file);
  why.code = errc::untrusted;
  return why;
}

} // namespace

result<void> configure(caf::actor_system_config& config, const options& chosen) {
  if (chosen.files.ca.empty() || chosen.files.certificate.empty() || chosen.files.key.empty())
    return error{errc::missing, "tls: ca, certificate and key are needed, all three"};
  const auto loaded = load(chosen.files);
  if (!loaded)
    return loaded.error();
  if (auto is_ours = check_role(loaded->get(), chosen); !is_ours)
    return is_ours;
  if (auto is_trusted = check_chain(loaded->get(), chosen.files.certificate); !is_trusted)
    return is_trusted;
  set_admission(chosen.peers);
  config.openssl_cafile = chosen.files.ca;
  config.openssl_certificate = chosen.files.certificate;
  config.openssl_key = chosen.files.key;
  config.load<caf::io::middleman>();
  config.load<caf::openssl::manager>();
  config.set("scheduler.policy",
             caf::atom("sharing")); // stealing wakes up 400 times a second, idle
  config.set("scheduler.max-threads", chosen.threads);
  config.set("middleman.workers", std::size_t{0});
  config.set("middleman.heartbeat-interval", caf::timespan{500ms}); // off unless set: a frozen
  config.set("middleman.connection-timeout", caf::timespan{2s});    // peer would never be noticed
  return {};
}

result<std::uint16_t> publish_any(caf::actor_system& system, const caf::strong_actor_ptr& actor,
                                  std::set<std::string>&& signatures, const address& at) {
  const auto* host = at.host.empty() ? nullptr : at.host.c_str();
  constexpr bool reuse = true; // else a restart waits until old connections are forgotten
  const auto port = caf::openssl::publish(system, actor, std::move(signatures), at.port, host,
                                          reuse);
  if (!port)
    return error{errc::io,
                 "cannot listen on " + to_string(at) + ": " + system.render(port.error())};
  return *port;
}

} // namespace troth::link
