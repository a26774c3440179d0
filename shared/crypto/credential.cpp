#include "shared/crypto/credential.hpp"

#include "shared/crypto/ecdsa.hpp"
#include "shared/crypto/openssl.hpp"
#include "shared/crypto/signature.hpp"
#include "shared/crypto/tpm_kdf.hpp"

#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <string>

namespace troth::crypto {

using namespace openssl;

namespace {

using cipher_context = owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::string_view identity = "IDENTITY";
constexpr int min_ek_bits = 2048;

/// A seed, and the same as only the EK can read it.
struct shared_seed {
  bytes plain;
  bytes encrypted;
};

error failed(std::string what) {
  return {errc::internal, "credential: " + std::move(what) + ": " + error_queue::reason()};
}

void append_sized(bytes& out, byte_view value) {
  out.push_back(static_cast<std::uint8_t>(value.size() >> 8));
  out.push_back(static_cast<std::uint8_t>(value.size()));
  out.insert(out.end(), value.begin(), value.end());
}

bytes sized(byte_view value) {
  bytes out;
  append_sized(out, value);
  return out;
}

bool set_oaep(EVP_PKEY_CTX* context, hash_algorithm algorithm) {
  const auto size = identity.size() + 1; // the NUL is part of the label
  auto* label = OPENSSL_zalloc(size);
  std::ranges::copy(identity, static_cast<char*>(label));
  if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1
      && EVP_PKEY_CTX_set_rsa_oaep_md(context, message_digest(algorithm)) == 1
      && EVP_PKEY_CTX_set_rsa_mgf1_md(context, message_digest(algorithm)) == 1
      && EVP_PKEY_CTX_set0_rsa_oaep_label(context, label, static_cast<int>(size)) == 1)
    return true; // the context owns the label now
  OPENSSL_free(label);
  return false;
}

result<shared_seed> seed_for_rsa(EVP_PKEY* ek, hash_algorithm algorithm) {
  if (EVP_PKEY_get_bits(ek) < min_ek_bits)
    return error{errc::weak,
                 "credential: RSA key of " + std::to_string(EVP_PKEY_get_bits(ek)) + " bits"};
  shared_seed out{bytes(digest_size(algorithm)),
                  bytes(static_cast<std::size_t>(EVP_PKEY_get_size(ek)))};
  auto size = out.encrypted.size();
  const pkey_context context{EVP_PKEY_CTX_new(ek, nullptr)};
  if (RAND_bytes(out.plain.data(), static_cast<int>(out.plain.size())) != 1
      || EVP_PKEY_encrypt_init(context.get()) != 1 || !set_oaep(context.get(), algorithm)
      || EVP_PKEY_encrypt(context.get(), out.encrypted.data(), &size, out.plain.data(),
                          out.plain.size())
           != 1)
    return failed("RSA-OAEP");
  return out;
}

/// Returns the x coordinate of the point that both keys' holders can compute.
result<bytes> ecdh(EVP_PKEY* ours, EVP_PKEY* theirs) {
  const pkey_context context{EVP_PKEY_CTX_new(ours, nullptr)};
  std::size_t size = 0;
  if (EVP_PKEY_derive_init(context.get()) != 1
      || EVP_PKEY_derive_set_peer(context.get(), theirs) != 1
      || EVP_PKEY_derive(context.get(), nullptr, &size) != 1)
    return failed("ECDH");
  bytes out(size);
  if (EVP_PKEY_derive(context.get(), out.data(), &size) != 1)
    return failed("ECDH");
  out.resize(size);
  return out;
}

result<shared_seed> seed_for_ec(const public_key& ek, hash_algorithm algorithm) {
  const auto ephemeral = private_key::generate(ek.kind());
  if (!ephemeral)
    return ephemeral.error();
  const auto z = ecdh(ephemeral->get(), ek.get());
  if (!z)
    return z.error();
  const auto size = coordinate_size(ek.kind());
  const auto own = ephemeral->public_half().ec_point();
  const auto own_x = byte_view{own}.subspan(1, size);
  const auto theirs = ek.ec_point();
  const auto their_x = byte_view{theirs}.subspan(1, size);
  shared_seed out{kdf_e(algorithm, *z, identity, own_x, their_x, 8 * digest_size(algorithm)), {}};
  append_sized(out.encrypted, own_x);
  append_sized(out.encrypted, byte_view{own}.last(size));
  return out;
}

const EVP_CIPHER* cfb_of(unsigned bits) {
  switch (bits) {
  case 128:
    return EVP_aes_128_cfb128();
  case 192:
    return EVP_aes_192_cfb128();
  case 256:
    return EVP_aes_256_cfb128();
  default:
    return nullptr;
  }
}

/// Encrypts with an IV of zeros: the key is used once.
result<bytes> encrypted(const EVP_CIPHER* cipher, byte_view key, byte_view plain) {
  const cipher_context context{EVP_CIPHER_CTX_new()};
  const bytes zeros(static_cast<std::size_t>(EVP_CIPHER_get_iv_length(cipher)));
  bytes out(plain.size());
  int size = 0;
  if (EVP_EncryptInit_ex(context.get(), cipher, nullptr, key.data(), zeros.data()) != 1
      || EVP_EncryptUpdate(context.get(), out.data(), &size, plain.data(),
                           static_cast<int>(plain.size()))
           != 1)
    return failed("AES-CFB");
  return out;
}

result<void> check(const endorsement_key& ek, byte_view object_name, byte_view secret) {
  const auto algorithm = ek.name_algorithm;
  if (algorithm == hash_algorithm::sha1)
    return error{errc::weak, "credential: EK name algorithm SHA-1"};
  if (cfb_of(ek.symmetric_bits) == nullptr)
    return error{errc::unsupported,
                 "credential: AES of " + std::to_string(ek.symmetric_bits) + " bits"};
  if (secret.empty())
    return error{errc::missing, "credential: secret"};
  if (secret.size() > digest_size(algorithm))
    return error{errc::too_large, "credential: secret of " + std::to_string(secret.size())
                                    + " bytes, at most " + std::to_string(digest_size(algorithm))};
  constexpr std::size_t shortest_name = 2 + 20;
  constexpr std::size_t longest_name = 2 + 64;
  if (object_name.size() < shortest_name || object_name.size() > longest_name)
    return error{errc::malformed,
                 "credential: object name of " + std::to_string(object_name.size()) + " bytes"};
  return {};
}

result<shared_seed> seed_for(const endorsement_key& ek) {
  if (coordinate_size(ek.key.kind()) > 0)
    return seed_for_ec(ek.key, ek.name_algorithm);
  if (ek.key.get() != nullptr && EVP_PKEY_get_base_id(ek.key.get()) == EVP_PKEY_RSA)
    return seed_for_rsa(ek.key.get(), ek.name_algorithm);
  return error{errc::unsupported, "credential: EK of kind " + std::string{name(ek.key.kind())}};
}

} // namespace

result<credential> make_credential(const endorsement_key& ek, byte_view object_name,
                                   byte_view secret) {
  const error_queue errors;
  if (const auto checked = check(ek, object_name, secret); !checked)
    return checked.error();
  const auto seed = seed_for(ek);
  if (!seed)
    return seed.error();
  const auto algorithm = ek.name_algorithm;
  const auto storage_key = kdf_a(algorithm, seed->plain, "STORAGE", object_name, {},
                                 ek.symmetric_bits);
  const auto identity_object = encrypted(cfb_of(ek.symmetric_bits), storage_key, sized(secret));
  if (!identity_object)
    return identity_object.error();
  const auto integrity_key = kdf_a(algorithm, seed->plain, "INTEGRITY", {}, {},
                                   8 * digest_size(algorithm));
  const auto integrity = hmac(algorithm, integrity_key, {*identity_object, object_name});
  auto id_object = sized(integrity.view());
  id_object.insert(id_object.end(), identity_object->begin(), identity_object->end());
  return credential{sized(id_object), sized(seed->encrypted)};
}

} // namespace troth::crypto
