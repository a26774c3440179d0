#include "shared/crypto/ecdsa.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/key.hpp"
#include "shared/crypto/signature.hpp"

#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace troth::crypto {

using namespace openssl;

namespace {

EVP_PKEY* generate_rsa(std::size_t bits) {
  return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits);
}

EVP_PKEY* generate_ec(const char* curve) {
  return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve);
}

EVP_PKEY* generate_key(key_kind kind) {
  switch (kind) {
  case key_kind::rsa2048:
    return generate_rsa(2048);
  case key_kind::rsa3072:
    return generate_rsa(3072);
  case key_kind::rsa4096:
    return generate_rsa(4096);
  case key_kind::p256:
    return generate_ec("P-256");
  case key_kind::p384:
    return generate_ec("P-384");
  case key_kind::p521:
    return generate_ec("P-521");
  case key_kind::ed25519:
    return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  case key_kind::other:
    return nullptr;
  }
  return nullptr;
}

result<public_key> public_half_of(EVP_PKEY* key) {
  X509_PUBKEY* half = nullptr;
  X509_PUBKEY_set(&half, key);
  const owned<X509_PUBKEY, X509_PUBKEY_free> owner{half};
  if (!owner)
    return error{errc::unsupported, "private key: " + error_queue::reason()};
  return public_key::from_x509(half);
}

/// Stands in for OpenSSL's prompt on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

error refused() {
  return error{errc::internal, "signature: " + error_queue::reason()};
}

result<bytes> sign_eddsa(EVP_PKEY* key, byte_view message) {
  const digest_context context{EVP_MD_CTX_new()};
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) != 1
      || EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) != 1)
    return refused();
  bytes out(size);
  if (EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) != 1)
    return refused();
  out.resize(size);
  return out;
}

/// Signs with ECDSA, in DER, or RSA.
result<bytes> sign_digest(EVP_PKEY* key, signature_algorithm algorithm, byte_view sum) {
  const pkey_context context{EVP_PKEY_CTX_new(key, nullptr)};
  std::size_t size = 0;
  if (!context || EVP_PKEY_sign_init(context.get()) != 1
      || (algorithm.scheme != signature_scheme::ecdsa
          && !set_rsa_parameters(context.get(), algorithm, RSA_PSS_SALTLEN_DIGEST))
      || EVP_PKEY_sign(context.get(), nullptr, &size, sum.data(), sum.size()) != 1)
    return refused();
  bytes out(size);
  if (EVP_PKEY_sign(context.get(), out.data(), &size, sum.data(), sum.size()) != 1)
    return refused();
  out.resize(size);
  return out;
}

} // namespace

private_key::private_key(std::shared_ptr<evp_pkey_st> key, public_key half)
  : key_(std::move(key)), public_(std::move(half)) {
  // nop
}

result<private_key> private_key::generate(key_kind kind) {
  const error_queue errors;
  const std::shared_ptr<EVP_PKEY> key{generate_key(kind), EVP_PKEY_free};
  if (!key)
    return error{errc::unsupported,
                 "private key: cannot make one of kind " + std::string{name(kind)}};
  auto half = public_half_of(key.get());
  if (!half)
    return half.error();
  return private_key{key, *std::move(half)};
}

result<private_key> private_key::from_pem(std::string_view pem) {
  const error_queue errors;
  if (pem.size() > std::size_t{64} * 1024)
    return error{errc::malformed, "private key: " + std::to_string(pem.size()) + " bytes"};
  const std::shared_ptr<EVP_PKEY> key{
    PEM_read_bio_PrivateKey(reading(pem).get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free};
  if (!key)
    return error{errc::malformed, "private key: " + error_queue::reason()};
  auto half = public_half_of(key.get());
  if (!half)
    return half.error();
  if (half->kind() == key_kind::other)
    return error{errc::unsupported, "private key: neither a curve nor a size of ours"};
  return private_key{key, *std::move(half)};
}

result<bytes> private_key::sign(signature_algorithm algorithm, byte_view message) const {
  const error_queue errors;
  if (!is_for(EVP_PKEY_get_base_id(get()), algorithm.scheme))
    return error{errc::unsupported, std::string{name(algorithm.scheme)} + " with a key of kind "
                                      + std::string{name(public_.kind())}};
  if (algorithm.scheme == signature_scheme::eddsa)
    return sign_eddsa(get(), message);
  if (algorithm.hash == hash_algorithm::sha1)
    return error{errc::weak, "signature over SHA-1"};
  auto signature = sign_digest(get(), algorithm, hash(algorithm.hash, message).view());
  if (!signature || algorithm.scheme != signature_scheme::ecdsa)
    return signature;
  auto raw = ecdsa_raw_from_der(*signature, coordinate_size(public_.kind()));
  if (!raw)
    return error{errc::internal, "signature: not of the curve's size"};
  return *std::move(raw);
}

result<bytes> private_key::sign_for_tls(const digest& of) const {
  const error_queue errors;
  const signature_algorithm algorithm{default_algorithm().scheme, of.algorithm()};
  if (algorithm.scheme == signature_scheme::eddsa)
    return error{errc::unsupported, "EdDSA signs no digests"};
  if (algorithm.hash == hash_algorithm::sha1)
    return error{errc::weak, "signature over SHA-1"};
  return sign_digest(get(), algorithm, of.view());
}

signature_algorithm private_key::default_algorithm() const {
  return crypto::default_algorithm(public_.kind());
}

public_key private_key::public_half() const {
  return public_;
}

std::string private_key::pem() const {
  const error_queue errors;
  const memory_bio bio{BIO_new(BIO_s_secmem())};
  PEM_write_bio_PKCS8PrivateKey(bio.get(), get(), nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio.get());
}

} // namespace troth::crypto
