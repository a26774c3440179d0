#include "shared/device/templates.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

namespace troth::device {

namespace {

/// PolicySecret(TPM_RH_ENDORSEMENT): who may use the endorsement hierarchy may use the key.
constexpr std::array<BYTE, 32> policy_a{0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8,
                                        0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
                                        0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64,
                                        0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};

constexpr TPMA_OBJECT stays_here = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT
                                   | TPMA_OBJECT_SENSITIVEDATAORIGIN;
constexpr TPMA_OBJECT storage_key = stays_here | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;

constexpr TPMT_SYM_DEF_OBJECT aes128_cfb{.algorithm = TPM2_ALG_AES,
                                         .keyBits = {.aes = 128},
                                         .mode = {.aes = TPM2_ALG_CFB}};
constexpr TPMT_SYM_DEF_OBJECT no_symmetric{.algorithm = TPM2_ALG_NULL, .keyBits = {}, .mode = {}};

TPM2B_PUBLIC key(TPMI_ALG_PUBLIC type, TPMA_OBJECT attributes) {
  TPM2B_PUBLIC out{};
  out.publicArea.type = type;
  out.publicArea.nameAlg = TPM2_ALG_SHA256;
  out.publicArea.objectAttributes = attributes;
  return out;
}

TPM2B_PUBLIC rsa_2048(TPMA_OBJECT attributes, const TPMT_SYM_DEF_OBJECT& symmetric) {
  auto out = key(TPM2_ALG_RSA, attributes);
  auto& rsa = out.publicArea.parameters.rsaDetail;
  rsa.symmetric = symmetric;
  rsa.scheme.scheme = TPM2_ALG_NULL;
  rsa.keyBits = 2048;
  return out;
}

TPM2B_PUBLIC ecc_p256(TPMA_OBJECT attributes, const TPMT_SYM_DEF_OBJECT& symmetric) {
  auto out = key(TPM2_ALG_ECC, attributes);
  auto& ecc = out.publicArea.parameters.eccDetail;
  ecc.symmetric = symmetric;
  ecc.scheme.scheme = TPM2_ALG_NULL;
  ecc.curveID = TPM2_ECC_NIST_P256;
  ecc.kdf.scheme = TPM2_ALG_NULL;
  return out;
}

void set_policy_a(TPM2B_PUBLIC& key) {
  auto& policy = key.publicArea.authPolicy;
  policy.size = policy_a.size();
  std::copy(policy_a.begin(), policy_a.end(), std::begin(policy.buffer));
}

} // namespace

TPM2B_PUBLIC endorsement_rsa() {
  auto out = rsa_2048(storage_key | TPMA_OBJECT_ADMINWITHPOLICY, aes128_cfb);
  set_policy_a(out);
  out.publicArea.unique.rsa.size = 256; // of zeros
  return out;
}

TPM2B_PUBLIC endorsement_ecc() {
  auto out = ecc_p256(storage_key | TPMA_OBJECT_ADMINWITHPOLICY, aes128_cfb);
  set_policy_a(out);
  out.publicArea.unique.ecc.x.size = 32; // of zeros
  out.publicArea.unique.ecc.y.size = 32;
  return out;
}

TPM2B_PUBLIC storage_root() {
  auto out = ecc_p256(storage_key | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA, aes128_cfb);
  out.publicArea.unique.ecc.x.size = 32; // of zeros
  out.publicArea.unique.ecc.y.size = 32;
  return out;
}

result<TPM2B_PUBLIC> signing(crypto::key_kind kind, byte_view seed) {
  constexpr auto attributes = stays_here | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_SIGN_ENCRYPT;
  if (kind == crypto::key_kind::rsa2048) {
    auto out = rsa_2048(attributes, no_symmetric);
    auto& number = out.publicArea.unique.rsa;
    number.size = static_cast<UINT16>(std::min(seed.size(), sizeof number.buffer));
    std::copy_n(seed.begin(), number.size, std::begin(number.buffer));
    return out;
  }
  if (kind != crypto::key_kind::p256 && kind != crypto::key_kind::p384)
    return error{errc::unsupported, "tpm: a key of " + std::string{name(kind)}};
  auto out = ecc_p256(attributes, no_symmetric);
  if (kind == crypto::key_kind::p384)
    out.publicArea.parameters.eccDetail.curveID = TPM2_ECC_NIST_P384;
  auto& number = out.publicArea.unique.ecc.x;
  number.size = static_cast<UINT16>(std::min(seed.size(), sizeof number.buffer));
  std::copy_n(seed.begin(), number.size, std::begin(number.buffer));
  return out;
}

result<TPM2B_PUBLIC> tls(crypto::key_kind kind) {
  using crypto::key_kind;
  constexpr auto attributes = stays_here | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA
                              | TPMA_OBJECT_SIGN_ENCRYPT;
  if (kind == key_kind::rsa2048 || kind == key_kind::rsa3072) {
    auto out = rsa_2048(attributes | TPMA_OBJECT_DECRYPT, no_symmetric);
    if (kind == key_kind::rsa3072)
      out.publicArea.parameters.rsaDetail.keyBits = 3072;
    return out;
  }
  if (kind != key_kind::p256 && kind != key_kind::p384)
    return error{errc::unsupported, "tpm: a key of " + std::string{name(kind)}};
  auto out = ecc_p256(attributes, no_symmetric);
  if (kind == key_kind::p384)
    out.publicArea.parameters.eccDetail.curveID = TPM2_ECC_NIST_P384;
  return out;
}

TPM2B_PUBLIC attestation(key_algorithm algorithm) {
  constexpr auto attributes = stays_here | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_RESTRICTED
                              | TPMA_OBJECT_SIGN_ENCRYPT;
  if (algorithm == key_algorithm::rsa_2048) {
    auto out = rsa_2048(attributes, no_symmetric);
    auto& scheme = out.publicArea.parameters.rsaDetail.scheme;
    scheme.scheme = TPM2_ALG_RSASSA;
    scheme.details.rsassa.hashAlg = TPM2_ALG_SHA256;
    return out;
  }
  auto out = ecc_p256(attributes, no_symmetric);
  auto& scheme = out.publicArea.parameters.eccDetail.scheme;
  scheme.scheme = TPM2_ALG_ECDSA;
  scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
  return out;
}

} // namespace troth::device
