// OpenSSL 3 encodes EMSA-PSS within a signature only; by itself it is there for an RSA object,
// which is deprecated.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "shared/crypto/pss_block.hpp"

#include "shared/crypto/openssl.hpp"
#include "shared/crypto/signature.hpp"

#include <openssl/rsa.h>

namespace troth::crypto {

result<bytes> pss_block(const public_key& key, const digest& of) {
  const openssl::error_queue errors;
  if (key.get() == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
    return error{errc::unsupported,
                 "RSASSA-PSS with a key of kind " + std::string{name(key.kind())}};
  const openssl::owned<RSA, RSA_free> rsa{EVP_PKEY_get1_RSA(key.get())};
  bytes out(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())));
  const auto* md = message_digest(of.algorithm());
  if (!rsa
      || RSA_padding_add_PKCS1_PSS_mgf1(rsa.get(), out.data(), of.view().data(), md, md,
                                        RSA_PSS_SALTLEN_DIGEST)
           != 1)
    return error{errc::malformed, "RSASSA-PSS: " + openssl::error_queue::reason()};
  return out;
}

} // namespace troth::crypto
