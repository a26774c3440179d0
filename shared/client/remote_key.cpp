#include "shared/client/remote_key.hpp"

#include "shared/client/remote_provider.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/hash.hpp"

#include <openssl/ssl.h>

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace troth::client {

namespace {

namespace openssl = crypto::openssl;

struct free_certificates {
  void operator()(STACK_OF(X509) * all) const { sk_X509_pop_free(all, X509_free); }
};

/// What a handshake shows, and the key that signs for it.
struct shown_key {
  openssl::x509 leaf;
  std::unique_ptr<STACK_OF(X509), free_certificates> above;
  std::shared_ptr<const remote_key_parts> parts;
  openssl::pkey key;
};

openssl::x509 parse_for_openssl(const crypto::certificate& from) {
  const auto* at = from.der().data();
  return openssl::x509{d2i_X509(nullptr, &at, static_cast<long>(from.der().size()))};
}

/// Whether TLS 1.3 has signatures of a digest by such a key.
bool is_supported(crypto::key_kind kind) {
  return kind != crypto::key_kind::ed25519 && kind != crypto::key_kind::other;
}

result<shown_key> load_shown(std::string_view pem, remote_signer sign,
                             std::function<void(const error&)> on_failure) {
  const auto chain = crypto::certificate::from_pem(pem);
  if (!chain)
    return error{chain.error().code, "remote key: " + chain.error().where};
  const auto kind = chain->front().key().kind();
  if (!is_supported(kind))
    return error{errc::unsupported, "remote key: got " + std::string{crypto::name(kind)}
                                      + ", expected EC P-256, P-384, P-521 or RSA"};
  shown_key out{parse_for_openssl(chain->front()), {}, {}, {}};
  out.above.reset(sk_X509_new_null());
  for (std::size_t n = 1; n < chain->size(); ++n)
    sk_X509_push(out.above.get(), parse_for_openssl(chain->at(n)).release());
  auto parts = std::make_shared<remote_key_parts>();
  parts->public_half.reset(out.leaf ? X509_get_pubkey(out.leaf.get()) : nullptr);
  parts->sign = std::move(sign);
  parts->on_failure = std::move(on_failure);
  if (!parts->public_half)
    return error{errc::malformed, "remote key: " + openssl::error_queue::reason()};
  auto key = make_remote_pkey(parts);
  if (!key)
    return key.error();
  out.parts = std::move(parts);
  out.key = *std::move(key);
  return out;
}

/// The key of one context: another one, once a signature was not of the certificate's key.
class context_key {
public:
  explicit context_key(remote_key of) : of_(std::move(of)) {
    // nop
  }

  result<shown_key> load(std::string_view pem) const {
    return load_shown(pem, of_.sign, [stale = is_stale_, tell = of_.on_failure](const error& why) {
      if (why.code == errc::bad_signature)
        *stale = true;
      if (tell)
        tell(why);
    });
  }

  /// Gives a connection the certificate that is shown by now. @returns whether it goes on.
  bool show_in(SSL* connection) {
    const std::lock_guard lock{mutex_};
    if (of_.renew && is_stale_->exchange(false))
      renew();
    return !now_
           || SSL_use_cert_and_key(connection, now_->leaf.get(), now_->key.get(), now_->above.get(),
                                   1)
                == 1;
  }

private:
  void renew() {
    const auto pem = of_.renew();
    auto made = pem ? load(*pem) : result<shown_key>{pem.error()};
    if (made)
      now_ = std::make_unique<shown_key>(*std::move(made));
    else if (of_.on_failure)
      of_.on_failure(made.error());
  }

  const remote_key of_;
  const std::shared_ptr<std::atomic<bool>> is_stale_ = std::make_shared<std::atomic<bool>>(false);
  std::mutex mutex_;
  std::unique_ptr<shown_key> now_; ///< None: the one that the context has.
};

int show_certificate_of(SSL* connection, void* key) noexcept {
  try {
    return static_cast<context_key*>(key)->show_in(connection) ? 1 : 0;
  } catch (const std::exception&) { // most likely there is no memory left
    return 0;
  }
}

void free_context_key(void*, void* key, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<context_key*>(key);
}

/// Leaves a key to a context, which asks it for what to show.
bool leave_to(SSL_CTX* context, std::unique_ptr<context_key> key) {
  static const auto place = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr,
                                                     free_context_key);
  if (place < 0 || SSL_CTX_set_ex_data(context, place, key.get()) != 1)
    return false;
  SSL_CTX_set_cert_cb(context, show_certificate_of, key.release());
  return true;
}

} // namespace

result<void> use_remote_key(SSL_CTX* context, const remote_key& key) {
  const openssl::error_queue errors;
  if (SSL_CTX_get0_certificate(context) != nullptr)
    return error{errc::conflict, "remote key: the context has a certificate already"};
  auto kept = std::make_unique<context_key>(key);
  const auto shown = kept->load(key.chain);
  if (!shown)
    return shown.error();
  const auto sample = crypto::hash(hash_algorithm::sha256, {to_bytes("Is this your key?")});
  if (const auto trial = sign_remotely(*shown->parts, hash_algorithm::sha256, sample.view());
      !trial)
    return trial.error();
  const auto done
    = SSL_CTX_use_cert_and_key(context, shown->leaf.get(), shown->key.get(), shown->above.get(), 1)
        == 1
      && SSL_CTX_check_private_key(context) == 1 && leave_to(context, std::move(kept));
  return done ? result<void>{} : error{errc::io, "remote key: " + errors.reason()};
}

} // namespace troth::client
