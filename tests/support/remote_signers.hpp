#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>

namespace troth::testing {

/// Signs a digest as a driver does: ECDSA in DER, or RSASSA-PSS whose salt is as long as the
/// digest.
inline result<bytes> sign_digest(const crypto::private_key& key, hash_algorithm hash,
                                 byte_view digest) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> with{
    EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr), EVP_PKEY_CTX_free};
  const auto* const function = hash == hash_algorithm::sha256   ? EVP_sha256()
                               : hash == hash_algorithm::sha384 ? EVP_sha384()
                                                                : EVP_sha512();
  bytes out(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())));
  auto size = out.size();
  const auto is_rsa = EVP_PKEY_is_a(key.get(), "RSA") == 1;
  if (EVP_PKEY_sign_init(with.get()) != 1
      || (is_rsa
          && (EVP_PKEY_CTX_set_rsa_padding(with.get(), RSA_PKCS1_PSS_PADDING) != 1
              || EVP_PKEY_CTX_set_rsa_pss_saltlen(with.get(), RSA_PSS_SALTLEN_DIGEST) != 1))
      || EVP_PKEY_CTX_set_signature_md(with.get(), function) != 1
      || EVP_PKEY_sign(with.get(), out.data(), &size, digest.data(), digest.size()) != 1)
    return error{errc::malformed, "sign"};
  out.resize(size);
  return out;
}

} // namespace troth::testing
