#include "shared/crypto/request_signature.hpp"

#include "shared/crypto/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <string>

namespace troth::crypto {

using namespace openssl;

namespace {

error request_error(errc code, const std::string& what) {
  return {code, "csr: " + what};
}

/// Returns the NID of the hash that a request is signed over; `NID_undef` for an unknown scheme.
int hash_of_request(const X509_REQ* request) {
  const ASN1_BIT_STRING* signature = nullptr;
  const X509_ALGOR* algorithm = nullptr;
  X509_REQ_get0_signature(request, &signature, &algorithm);
  const auto scheme = X509_REQ_get_signature_nid(request);
  if (scheme == NID_rsassaPss) {
    const owned<RSA_PSS_PARAMS, RSA_PSS_PARAMS_free> parameters{static_cast<RSA_PSS_PARAMS*>(
      ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algorithm->parameter))};
    if (!parameters)
      return NID_undef;
    const auto* hash = parameters->hashAlgorithm;
    return hash == nullptr ? NID_sha1 : OBJ_obj2nid(hash->algorithm);
  }
  int hash = NID_undef;
  OBJ_find_sigid_algs(scheme, &hash, nullptr);
  return hash;
}

} // namespace

result<void> check_requested_key(const public_key& key) {
  if (key.get() != nullptr && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA) {
    constexpr int least_bits = 2048;
    constexpr BN_ULONG least_exponent = 65537;
    const auto bits = EVP_PKEY_get_bits(key.get());
    if (bits < least_bits)
      return request_error(errc::weak, "RSA key of " + std::to_string(bits) + " bits");
    BIGNUM* exponent = nullptr;
    EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_RSA_E, &exponent);
    const bignum own{exponent};
    if (!own || BN_is_odd(own.get()) != 1 || BN_get_word(own.get()) < least_exponent)
      return request_error(errc::weak, "RSA exponent, expected 65537 at least");
  }
  for (const auto kind : {key_kind::p256, key_kind::p384, key_kind::rsa2048, key_kind::rsa3072})
    if (key.kind() == kind)
      return {};
  return request_error(errc::unsupported, "key of kind " + std::string{name(key.kind())}
                                            + ", expected P-256, P-384, RSA-2048 or RSA-3072");
}

result<void> check_requested_signature(X509_REQ* request, const public_key& key) {
  switch (hash_of_request(request)) {
  case NID_sha256:
  case NID_sha384:
  case NID_sha512:
    break;
  case NID_sha1:
  case NID_md5:
    return request_error(errc::weak, "signature over SHA-1 or MD5");
  default:
    return request_error(errc::unsupported, "signature algorithm");
  }
  if (X509_REQ_verify(request, key.get()) != 1)
    return request_error(errc::bad_signature, "not signed by its own key");
  return {};
}

} // namespace troth::crypto
