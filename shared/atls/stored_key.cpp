#include "shared/atls/stored_key.hpp"

#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include <array>
#include <memory>
#include <mutex>
#include <set>

namespace troth::atls {

namespace {

using key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

/// Returns OpenSSL's last word on it, which says most.
std::string last_words() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

result<void> load_provider(const std::string& name) {
  static std::mutex mutex;
  static std::set<std::string> loaded;
  const std::lock_guard lock{mutex};
  if (loaded.contains(name))
    return {};
  // Once another is loaded, OpenSSL does not load its own by itself any more.
  if (OSSL_PROVIDER_load(nullptr, "default") == nullptr
      || OSSL_PROVIDER_load(nullptr, name.c_str()) == nullptr)
    return error{errc::unsupported, "tls.provider " + name + ": " + last_words()};
  loaded.insert(name);
  return {};
}

key find_key(const std::string& uri, const std::string& provider) {
  key out{nullptr, EVP_PKEY_free};
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

} // namespace

result<void> use_stored_key(SSL_CTX* context, const std::string& uri, const std::string& provider) {
  if (auto loaded = load_provider(provider); !loaded)
    return loaded;
  const auto found = find_key(uri, provider);
  if (!found)
    return error{errc::not_found,
                 "tls.key " + uri + ": no private key of " + provider + "'s: " + last_words()};
  ERR_clear_error(); // of what was passed over
  if (SSL_CTX_use_PrivateKey(context, found.get()) != 1)
    return error{errc::conflict, "tls.key " + uri + ": " + last_words()};
  return {};
}

} // namespace troth::atls
