#include "shared/crypto/signature.hpp"

#include <openssl/rsa.h>

namespace troth::crypto {

const EVP_MD* message_digest(hash_algorithm algorithm) noexcept {
  switch (algorithm) {
  case hash_algorithm::sha1:
    return EVP_sha1();
  case hash_algorithm::sha256:
    return EVP_sha256();
  case hash_algorithm::sha384:
    return EVP_sha384();
  case hash_algorithm::sha512:
    return EVP_sha512();
  }
  return nullptr;
}

std::string_view name(signature_scheme scheme) noexcept {
  switch (scheme) {
  case signature_scheme::ecdsa:
    return "ECDSA";
  case signature_scheme::rsassa:
    return "RSASSA-PKCS1-v1_5";
  case signature_scheme::rsapss:
    return "RSASSA-PSS";
  case signature_scheme::eddsa:
    return "EdDSA";
  }
  return {};
}

bool is_for(int type, signature_scheme scheme) noexcept {
  switch (scheme) {
  case signature_scheme::ecdsa:
    return type == EVP_PKEY_EC;
  case signature_scheme::rsassa:
    return type == EVP_PKEY_RSA;
  case signature_scheme::rsapss:
    return type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS;
  case signature_scheme::eddsa:
    return type == EVP_PKEY_ED25519;
  }
  return false;
}

bool set_rsa_parameters(EVP_PKEY_CTX* context, signature_algorithm algorithm, int pss_salt_length) {
  const auto pss = algorithm.scheme == signature_scheme::rsapss;
  return EVP_PKEY_CTX_set_rsa_padding(context, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1
         && EVP_PKEY_CTX_set_signature_md(context, message_digest(algorithm.hash)) == 1
         && (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, pss_salt_length) == 1);
}

} // namespace troth::crypto
