#include "shared/client/remote_key.hpp"

#include "shared/client/remote_provider.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/hash.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troth::client {

namespace {

namespace openssl = crypto::openssl;

openssl::x509 parse_for_openssl(const crypto::certificate& from) {
  const auto* at = from.der().data();
  return openssl::x509{d2i_X509(nullptr, &at, static_cast<long>(from.der().size()))};
}

/// Whether TLS 1.3 has signatures of a digest by such a key.
bool is_supported(crypto::key_kind kind) {
  return kind != crypto::key_kind::ed25519 && kind != crypto::key_kind::other;
}

} // namespace

result<void> use_remote_key(SSL_CTX* context, const remote_key& key) {
  const auto chain = crypto::certificate::from_pem(key.chain);
  if (!chain)
    return error{chain.error().code, "remote key: " + chain.error().where};
  const auto& leaf = chain->front().key();
  if (!is_supported(leaf.kind()))
    return error{errc::unsupported, "remote key: got " + std::string{crypto::name(leaf.kind())}
                                      + ", expected EC P-256, P-384, P-521 or RSA"};
  const openssl::error_queue errors;
  if (SSL_CTX_get0_certificate(context) != nullptr)
    return error{errc::conflict, "remote key: the context has a certificate already"};
  const auto shown = parse_for_openssl(chain->front());
  auto parts = std::make_shared<remote_key_parts>();
  parts->public_half.reset(shown ? X509_get_pubkey(shown.get()) : nullptr);
  parts->sign = key.sign;
  parts->on_failure = key.on_failure;
  if (!parts->public_half)
    return error{errc::malformed, "remote key: " + errors.reason()};
  const auto sample = crypto::hash(hash_algorithm::sha256, {to_bytes("Is this your key?")});
  if (const auto trial = sign_remotely(*parts, hash_algorithm::sha256, sample.view()); !trial)
    return trial.error();
  const auto made = make_remote_pkey(std::move(parts));
  if (!made)
    return made.error();
  bool done = SSL_CTX_use_certificate(context, shown.get()) == 1
              && SSL_CTX_use_PrivateKey(context, made->get()) == 1
              && SSL_CTX_check_private_key(context) == 1;
  for (std::size_t n = 1; done && n < chain->size(); ++n)
    done = SSL_CTX_add1_chain_cert(context, parse_for_openssl(chain->at(n)).get()) == 1;
  return done ? result<void>{} : error{errc::io, "remote key: " + errors.reason()};
}

} // namespace troth::client
