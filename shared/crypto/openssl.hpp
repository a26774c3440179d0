#pragma once

#include "shared/base/bytes.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <type_traits>

namespace troth::crypto::openssl {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

/// Owns one of OpenSSL's objects.
template <class T, auto Free>
using owned = std::unique_ptr<T, freed_by<Free>>;

using bignum = owned<BIGNUM, BN_free>;
using memory_bio = owned<BIO, BIO_free>;
using pkey = owned<EVP_PKEY, EVP_PKEY_free>;
using pkey_context = owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using digest_context = owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using x509 = owned<X509, X509_free>;

/// Leaves OpenSSL's error queue of this thread empty, whatever happened in its
/// scope: what is left in it makes the next TLS read of this thread fail.
class error_queue {
public:
  error_queue() noexcept { ERR_clear_error(); }
  error_queue(const error_queue&) = delete;
  error_queue& operator=(const error_queue&) = delete;
  ~error_queue() { ERR_clear_error(); }

  /// Returns OpenSSL's words for what failed first.
  static std::string reason() {
    const auto* text = ERR_reason_error_string(ERR_peek_error());
    return text != nullptr ? text : "no reason given";
  }
};

/// Returns what a memory BIO holds.
inline std::string text_of(BIO* bio) {
  char* start = nullptr;
  const auto size = BIO_get_mem_data(bio, &start);
  return size > 0 ? std::string(start, static_cast<std::size_t>(size)) : std::string{};
}

/// Returns a BIO that reads `text`, which must outlive it. @pre at most INT_MAX bytes
inline memory_bio reading(std::string_view text) {
  return memory_bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

/// Returns the DER that `encode`, one of OpenSSL's i2d functions, writes for `object`.
template <class T, class Encode>
bytes der_of(T* object, Encode encode) {
  const auto size = encode(object, nullptr);
  if (size <= 0)
    return {};
  bytes out(static_cast<std::size_t>(size));
  auto* at = out.data();
  encode(object, &at);
  return out;
}

} // namespace troth::crypto::openssl
