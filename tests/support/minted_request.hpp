#pragma once

#include "shared/base/bytes.hpp"
#include "shared/crypto/key.hpp"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace troth::testing {

/// What a certification request asks for; a test spoils one thing.
struct request_content {
  using lines = std::vector<std::pair<int, std::string>>; ///< By OpenSSL's number.

  lines subject{{NID_commonName, "machine"}};
  lines extensions{{NID_subject_alt_name, "DNS:machine"}}; ///< In OpenSSL's form.
  const EVP_MD* over = EVP_sha256();
  int padding = 0;                        ///< Of RSA; 0: as usual.
  std::function<void(X509_REQ*)> spoil{}; ///< Before it is signed.
};

/// Adds an extension request of its own.
inline void add_extensions(X509_REQ* to, const request_content::lines& extensions) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, nullptr, nullptr, to, nullptr, 0);
  auto* all = sk_X509_EXTENSION_new_null();
  for (const auto& [nid, value] : extensions) {
    auto* made = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (made == nullptr)
      throw std::runtime_error{value};
    sk_X509_EXTENSION_push(all, made);
  }
  X509_REQ_add_extensions(to, all);
  sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
}

/// Makes a PKCS #10 request, signed by `key`.
inline bytes mint_request(EVP_PKEY* key, const request_content& content = {}) {
  const std::unique_ptr<X509_REQ, void (*)(X509_REQ*)> made{X509_REQ_new(), X509_REQ_free};
  for (const auto& [nid, value] : content.subject) {
    const auto text = to_bytes(value);
    X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(made.get()), nid, MBSTRING_UTF8,
                               text.data(), static_cast<int>(text.size()), -1, 0);
  }
  X509_REQ_set_pubkey(made.get(), key);
  if (!content.extensions.empty())
    add_extensions(made.get(), content.extensions);
  if (content.spoil)
    content.spoil(made.get());
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free};
  EVP_PKEY_CTX* parameters = nullptr;
  EVP_DigestSignInit(context.get(), &parameters, content.over, nullptr, key);
  if (content.padding != 0) {
    EVP_PKEY_CTX_set_rsa_padding(parameters, content.padding);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST);
  }
  X509_REQ_sign_ctx(made.get(), context.get());
  unsigned char* der = nullptr;
  const auto size = i2d_X509_REQ(made.get(), &der);
  bytes out{der, der + size};
  OPENSSL_free(der);
  return out;
}

inline bytes mint_request(const crypto::private_key& key, const request_content& content = {}) {
  return mint_request(key.get(), content);
}

} // namespace troth::testing
