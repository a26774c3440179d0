#include "shared/crypto/credential.hpp"

#include "shared/base/reader.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/openssl.hpp"
#include "shared/crypto/signature.hpp"
#include "shared/crypto/tpm_kdf.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/minted.hpp"

#include <doctest/doctest.h>
#include <openssl/rsa.h>

#include <optional>

using namespace troth;
using namespace troth::crypto;
using namespace troth::testing;

namespace {

/// A TPM in so far as it activates credentials.
struct software_tpm {
  private_key ek;
  hash_algorithm name_algorithm;
  unsigned symmetric_bits;

  endorsement_key public_area() const { return {ek.public_half(), name_algorithm, symmetric_bits}; }
};

bytes sized(reader& in, std::string_view field) {
  return copy(in.sized16be(1024, field));
}

bytes decrypt_oaep(const software_tpm& tpm, byte_view encrypted) {
  const openssl::pkey_context context{EVP_PKEY_CTX_new(tpm.ek.get(), nullptr)};
  const auto* md = message_digest(tpm.name_algorithm);
  EVP_PKEY_decrypt_init(context.get());
  EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING);
  EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), md);
  EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), md);
  auto* label = OPENSSL_memdup("IDENTITY", 9);
  EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), label, 9);
  bytes out(512);
  auto size = out.size();
  REQUIRE(EVP_PKEY_decrypt(context.get(), out.data(), &size, encrypted.data(), encrypted.size())
          == 1);
  out.resize(size);
  return out;
}

bytes agree(const software_tpm& tpm, byte_view encrypted) {
  reader in{encrypted, "point"};
  const auto x = sized(in, "x");
  const auto y = sized(in, "y");
  REQUIRE(in.finish(0));
  const auto ephemeral = minted(public_key::from_ec_point(tpm.ek.public_half().kind(), x, y));
  const openssl::pkey_context context{EVP_PKEY_CTX_new(tpm.ek.get(), nullptr)};
  EVP_PKEY_derive_init(context.get());
  EVP_PKEY_derive_set_peer(context.get(), ephemeral.get());
  bytes z(x.size());
  auto size = z.size();
  REQUIRE(EVP_PKEY_derive(context.get(), z.data(), &size) == 1);
  const auto own = tpm.ek.public_half().ec_point();
  return kdf_e(tpm.name_algorithm, z, "IDENTITY", x, byte_view{own}.subspan(1, x.size()),
               8 * digest_size(tpm.name_algorithm));
}

bytes decrypt_cfb(unsigned bits, byte_view key, byte_view encrypted) {
  const openssl::owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context{EVP_CIPHER_CTX_new()};
  const bytes iv(16, 0);
  bytes out(encrypted.size());
  int size = 0;
  EVP_DecryptInit_ex(context.get(), bits == 128 ? EVP_aes_128_cfb128() : EVP_aes_256_cfb128(),
                     nullptr, key.data(), iv.data());
  EVP_DecryptUpdate(context.get(), out.data(), &size, encrypted.data(),
                    static_cast<int>(encrypted.size()));
  return out;
}

/// TPM2_ActivateCredential: nothing if the integrity check fails.
std::optional<bytes> activate(const software_tpm& tpm, byte_view object_name,
                              const credential& given) {
  reader outer{given.encrypted_secret, "encrypted_secret"};
  const auto encrypted_seed = sized(outer, "secret");
  REQUIRE(outer.finish(0));
  const auto is_rsa = EVP_PKEY_get_base_id(tpm.ek.get()) == EVP_PKEY_RSA;
  const auto seed = is_rsa ? decrypt_oaep(tpm, encrypted_seed) : agree(tpm, encrypted_seed);

  reader object{given.id_object, "id_object"};
  const auto content = sized(object, "content");
  REQUIRE(object.finish(0));
  reader in{content, "id_object"};
  const auto integrity = sized(in, "integrity");
  const auto identity = copy(in.take(in.remaining(), "identity"));
  const auto algorithm = tpm.name_algorithm;
  const auto integrity_key = kdf_a(algorithm, seed, "INTEGRITY", {}, {},
                                   8 * digest_size(algorithm));
  if (copy(hmac(algorithm, integrity_key, {identity, object_name}).view()) != integrity)
    return std::nullopt;
  const auto key = kdf_a(algorithm, seed, "STORAGE", object_name, {}, tpm.symmetric_bits);
  const auto plain = decrypt_cfb(tpm.symmetric_bits, key, identity);
  reader secret{plain, "identity"};
  return sized(secret, "secret");
}

software_tpm tpm_of(key_kind kind, hash_algorithm algorithm, unsigned bits) {
  return {minted(private_key::generate(kind)), algorithm, bits};
}

const bytes object_name
  = "000b 0102030405060708 1112131415161718 2122232425262728 3132333435363738"_hex;
const bytes secret = to_bytes("0123456789abcdef0123456789ABCDEF");

} // namespace

TEST_SUITE_BEGIN("crypto/credential");

TEST_CASE("HMAC is that of RFC 4231") {
  CHECK(copy(hmac(hash_algorithm::sha256, to_bytes("Jefe"),
                  {to_bytes("what do ya want "), to_bytes("for nothing?")})
               .view())
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"_hex);
}

TEST_CASE("both KDFs cut and concatenate as TPM 2.0 says") {
  const auto sha256 = hash_algorithm::sha256;
  const auto key = "00112233"_hex;
  const auto u = "aa"_hex;
  const auto v = "bb"_hex;
  // Counter, label, NUL, contexts, bits.
  const auto first = hmac(sha256, key, {"00000001 4c 00 aa bb 00000180"_hex});
  const auto second = hmac(sha256, key, {"00000002 4c 00 aa bb 00000180"_hex});
  auto expected = copy(first.view());
  expected.insert(expected.end(), second.view().begin(), second.view().begin() + 16);
  CHECK(kdf_a(sha256, key, "L", u, v, 384) == expected);
  const auto hashed = crypto::hash(sha256, "00000001 00112233 4c 00 aa bb"_hex);
  CHECK(kdf_e(sha256, key, "L", u, v, 128) == copy(hashed.view().first(16)));
}

TEST_CASE("the TPM that holds the EK and the object of that name reads the secret") {
  const software_tpm tpms[] = {
    tpm_of(key_kind::rsa2048, hash_algorithm::sha256, 128),
    tpm_of(key_kind::rsa3072, hash_algorithm::sha384, 256),
    tpm_of(key_kind::p256, hash_algorithm::sha256, 128),
    tpm_of(key_kind::p384, hash_algorithm::sha384, 256),
    tpm_of(key_kind::p521, hash_algorithm::sha512, 256),
  };
  for (const auto& tpm : tpms) {
    CAPTURE(name(tpm.ek.public_half().kind()));
    const auto made = make_credential(tpm.public_area(), object_name, secret);
    REQUIRE(made);
    CHECK(activate(tpm, object_name, *made) == secret);
    auto other = object_name;
    other.back() ^= 1;
    CHECK(activate(tpm, other, *made) == std::nullopt);
    const auto again = make_credential(tpm.public_area(), object_name, secret);
    REQUIRE(again);
    CHECK(again->encrypted_secret != made->encrypted_secret);
    CHECK(again->id_object != made->id_object);
  }
}

TEST_CASE("what cannot be wrapped is refused") {
  const auto tpm = tpm_of(key_kind::p256, hash_algorithm::sha256, 128);
  const auto refusal = [&](endorsement_key ek, byte_view object, byte_view value) {
    const auto made = make_credential(ek, object, value);
    return made ? errc::internal : made.error().code;
  };
  const auto ek = tpm.public_area();
  CHECK(refusal(ek, object_name, {}) == errc::missing);
  CHECK(refusal(ek, object_name, bytes(33, 1)) == errc::too_large);
  CHECK(refusal(ek, {}, secret) == errc::malformed);
  CHECK(refusal(ek, bytes(67, 1), secret) == errc::malformed);
  CHECK(refusal({ek.key, hash_algorithm::sha256, 129}, object_name, secret) == errc::unsupported);
  CHECK(refusal({ek.key, hash_algorithm::sha1, 128}, object_name, secret) == errc::weak);
  const auto edwards = minted(private_key::generate(key_kind::ed25519)).public_half();
  CHECK(refusal({edwards, hash_algorithm::sha256, 128}, object_name, secret) == errc::unsupported);
}
