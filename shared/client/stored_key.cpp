#include "shared/client/stored_key.hpp"

#include "shared/crypto/openssl.hpp"
#include "shared/crypto/signature.hpp"
#include "shared/files/files.hpp"

#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace troth::client {

namespace {

namespace openssl = crypto::openssl;

constexpr std::size_t max_chain = std::size_t{64} * 1024;

using held_provider = openssl::owned<OSSL_PROVIDER, OSSL_PROVIDER_unload>;

result<void> load_provider(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, held_provider> loaded;
  const std::lock_guard lock{mutex};
  const openssl::error_queue errors;
  // Once another is loaded, OpenSSL does not load its own by itself any more.
  for (const auto& each : {std::string{"default"}, name}) {
    if (loaded.contains(each))
      continue;
    held_provider made{OSSL_PROVIDER_load(nullptr, each.c_str())};
    if (!made)
      return error{errc::unsupported, "OpenSSL's provider " + each + ": " + errors.reason()};
    loaded.emplace(each, std::move(made));
  }
  return {};
}

/// Finds the first private key in a store.
openssl::pkey find_key(const std::string& uri, const std::string& provider) {
  openssl::pkey out;
  const auto preferred = "?provider=" + provider;
  auto* const store = OSSL_STORE_open_ex(uri.c_str(), nullptr, preferred.c_str(), UI_null(),
                                         nullptr, nullptr, nullptr, nullptr);
  if (store == nullptr)
    return out;
  while (!out && OSSL_STORE_eof(store) == 0) {
    auto* const found = OSSL_STORE_load(store);
    if (found == nullptr)
      continue; // what it cannot read, it passes over
    if (OSSL_STORE_INFO_get_type(found) == OSSL_STORE_INFO_PKEY)
      out.reset(OSSL_STORE_INFO_get1_PKEY(found));
    OSSL_STORE_INFO_free(found);
  }
  OSSL_STORE_close(store);
  return out;
}

/// A key, its provider, and who uses it now: providers of hardware serve one at a time.
struct stored_key {
  openssl::pkey key;
  std::string wanted; ///< The property that no other provider has.
  std::mutex mutex;
};

bool prepare(EVP_PKEY_CTX* context, const stored_key& with, hash_algorithm hash) {
  if (EVP_PKEY_sign_init(context) != 1)
    return false;
  if (EVP_PKEY_is_a(with.key.get(), "RSA") == 1)
    return crypto::set_rsa_parameters(context, {signature_scheme::rsapss, hash},
                                      RSA_PSS_SALTLEN_DIGEST);
  return EVP_PKEY_CTX_set_signature_md(context, crypto::message_digest(hash)) == 1;
}

result<bytes> sign(stored_key& with, hash_algorithm hash, byte_view digest) {
  const std::lock_guard lock{with.mutex};
  const openssl::error_queue errors;
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context{
    EVP_PKEY_CTX_new_from_pkey(nullptr, with.key.get(), with.wanted.c_str()), EVP_PKEY_CTX_free};
  bytes out(static_cast<std::size_t>(EVP_PKEY_get_size(with.key.get())));
  auto size = out.size();
  if (!context || !prepare(context.get(), with, hash)
      || EVP_PKEY_sign(context.get(), out.data(), &size, digest.data(), digest.size()) != 1)
    return error{errc::io, "the stored key: " + errors.reason()};
  out.resize(size);
  return out;
}

} // namespace

result<remote_signer> open_stored_key(const std::string& uri, const std::string& provider) {
  if (const auto loaded = load_provider(provider); !loaded)
    return loaded.error();
  const auto with = std::make_shared<stored_key>();
  {
    const openssl::error_queue passed_over; // what the store could not read before it found it
    with->key = find_key(uri, provider);
  }
  with->wanted = "provider=" + provider;
  if (!with->key)
    return error{errc::not_found, uri + ": no private key of " + provider + "'s"};
  return remote_signer{
    [with](hash_algorithm hash, byte_view digest) { return sign(*with, hash, digest); }};
}

result<std::function<result<void>(ssl_ctx_st*)>>
use_stored_key(const std::filesystem::path& certificates, const std::string& uri,
               const std::string& provider, std::function<void(const error&)> on_failure) {
  const auto chain = files::read(certificates, max_chain);
  if (!chain)
    return chain.error();
  auto signer = open_stored_key(uri, provider);
  if (!signer)
    return signer.error();
  return std::function<result<void>(ssl_ctx_st*)>{
    [chain = to_text(*chain), sign = *std::move(signer),
     on_failure = std::move(on_failure)](ssl_ctx_st* context) {
      return use_remote_key(context, {chain, sign, on_failure});
    }};
}

} // namespace troth::client
