#include "shared/crypto/signature.hpp"

#include "shared/crypto/certificate_library.hpp"

#include <openssl/rsa.h>

namespace troth::crypto {

using namespace openssl;

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

result<void> verify_rsa(EVP_PKEY* key, signature_algorithm algorithm, byte_view sum,
                        byte_view signature) {
  const auto size = static_cast<std::size_t>(EVP_PKEY_get_size(key));
  if (signature.size() != size)
    return error{errc::bad_signature, "RSA signature: " + std::to_string(signature.size())
                                        + " bytes, expected " + std::to_string(size)};
  const pkey_context context{EVP_PKEY_CTX_new_from_pkey(certificate_library(), key, nullptr)};
  // TPMs and signers of JWS choose different lengths of salt; all are as good.
  if (!context || EVP_PKEY_verify_init(context.get()) != 1
      || !set_rsa_parameters(context.get(), algorithm, RSA_PSS_SALTLEN_AUTO)
      || EVP_PKEY_verify(context.get(), signature.data(), signature.size(), sum.data(), sum.size())
           != 1)
    return error{errc::bad_signature, "RSA signature"};
  return {};
}

result<void> verify_eddsa(EVP_PKEY* key, byte_view message, byte_view signature) {
  const digest_context context{EVP_MD_CTX_new()};
  if (EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, certificate_library(), nullptr, key,
                              nullptr)
        != 1
      || EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size())
           != 1)
    return error{errc::bad_signature, "EdDSA signature"};
  return {};
}

} // namespace troth::crypto
