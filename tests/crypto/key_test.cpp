#include "shared/crypto/key.hpp"

#include "shared/crypto/ecdsa.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace troth;
using namespace troth::crypto;
using namespace troth::testing;

namespace {

constexpr auto sha1 = hash_algorithm::sha1;
constexpr auto sha256 = hash_algorithm::sha256;
constexpr auto sha384 = hash_algorithm::sha384;
constexpr auto sha512 = hash_algorithm::sha512;

constexpr auto ecdsa = signature_scheme::ecdsa;
constexpr auto rsassa = signature_scheme::rsassa;
constexpr auto rsapss = signature_scheme::rsapss;
constexpr auto eddsa = signature_scheme::eddsa;

const bytes message = to_bytes("message");

private_key made(key_kind kind) {
  return minted(private_key::generate(kind));
}

struct row {
  key_kind kind;
  std::vector<signature_algorithm> algorithms;
};

const std::vector<signature_algorithm> all_ecdsa{{ecdsa, sha256}, {ecdsa, sha384}, {ecdsa, sha512}};
const std::vector<signature_algorithm> all_rsa{{rsassa, sha256}, {rsassa, sha384},
                                               {rsassa, sha512}, {rsapss, sha256},
                                               {rsapss, sha384}, {rsapss, sha512}};
const row rows[] = {
  {key_kind::p256, all_ecdsa},  {key_kind::p384, all_ecdsa},
  {key_kind::p521, all_ecdsa},  {key_kind::ed25519, {{eddsa, sha512}}},
  {key_kind::rsa2048, all_rsa}, {key_kind::rsa3072, all_rsa},
};

/// An EVP_PKEY of a kind we do not make, as a public key of ours.
public_key foreign(EVP_PKEY* key) {
  const openssl::pkey owner{key};
  return minted(public_key::from_der(openssl::der_of(key, i2d_PUBKEY)));
}

std::string pem_of(EVP_PKEY* key, const EVP_CIPHER* cipher = nullptr) {
  const openssl::memory_bio out{BIO_new(BIO_s_mem())};
  PEM_write_bio_PKCS8PrivateKey(out.get(), key, cipher, "secret", 6, nullptr, nullptr);
  return openssl::text_of(out.get());
}

} // namespace

TEST_SUITE_BEGIN("crypto/key");

TEST_CASE("what a key of any kind signs, its public half verifies, and nothing else") {
  for (const auto& [kind, algorithms] : rows) {
    CAPTURE(name(kind));
    const auto key = made(kind);
    CHECK(key.public_half().kind() == kind);
    const auto stranger = made(kind).public_half();
    for (const auto algorithm : algorithms) {
      const auto signature = key.sign(algorithm, message);
      REQUIRE(signature);
      const auto verified = [&](byte_view said, byte_view by) {
        return key.public_half().verify(algorithm, said, by);
      };
      CHECK(verified(message, *signature));
      CHECK(refusal(stranger.verify(algorithm, message, *signature)) == errc::bad_signature);
      CHECK(refusal(verified(to_bytes("messagf"), *signature)) == errc::bad_signature);
      CHECK(refusal(verified({}, *signature)) == errc::bad_signature);
      CHECK(refusal(verified(message, {})) == errc::bad_signature);
      CHECK(refusal(verified(message, byte_view{*signature}.first(signature->size() - 1)))
            == errc::bad_signature);
      auto longer = *signature;
      longer.push_back(0);
      CHECK(refusal(verified(message, longer)) == errc::bad_signature);
      for (std::size_t at = 0; at < signature->size(); at += 7) {
        auto bad = *signature;
        bad[at] ^= 0x10;
        CHECK(refusal(verified(message, bad)) == errc::bad_signature);
      }
    }
  }
}

TEST_CASE("a signature does not pass under another scheme or hash") {
  for (const auto& [kind, algorithms] : rows) {
    CAPTURE(name(kind));
    const auto key = made(kind);
    for (const auto made_with : algorithms)
      for (const auto scheme : {ecdsa, rsassa, rsapss, eddsa})
        for (const auto hash : {sha256, sha384, sha512}) {
          const signature_algorithm other{scheme, hash};
          if (other == made_with || (scheme == eddsa && made_with.scheme == eddsa))
            continue;
          const auto signature = minted(key.sign(made_with, message));
          const auto fits = std::ranges::count(algorithms, other) != 0;
          CHECK(refusal(key.public_half().verify(other, message, signature))
                == (fits ? errc::bad_signature : errc::unsupported));
          if (!fits)
            CHECK(refusal(key.sign(other, message)) == errc::unsupported);
        }
  }
}

TEST_CASE("SHA-1 is weak under every scheme that hashes") {
  const auto ec = made(key_kind::p256);
  const auto rsa = made(key_kind::rsa2048);
  CHECK(refusal(ec.public_half().verify({ecdsa, sha1}, message, bytes(64, 1))) == errc::weak);
  CHECK(refusal(rsa.public_half().verify({rsassa, sha1}, message, bytes(256, 1))) == errc::weak);
  CHECK(refusal(rsa.public_half().verify({rsapss, sha1}, message, bytes(256, 1))) == errc::weak);
  CHECK(refusal(ec.sign({ecdsa, sha1}, message)) == errc::weak);
  CHECK(refusal(rsa.sign({rsassa, sha1}, message)) == errc::weak);
}

TEST_CASE("r and s are in the range from 1 to the order less 1, or the signature is bad") {
  struct curve {
    key_kind kind;
    bytes order;
  };
  const curve curves[] = {
    {key_kind::p256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"_hex},
    {key_kind::p384, "ffffffffffffffffffffffffffffffffffffffffffffffff"
                     "c7634d81f4372ddf581a0db248b0a77aecec196accc52973"_hex},
    {key_kind::p521, "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa"
                     "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"_hex},
  };
  for (const auto& [kind, order] : curves) {
    CAPTURE(name(kind));
    const auto size = coordinate_size(kind);
    REQUIRE(order.size() == size);
    const auto key = made(kind);
    const auto good = minted(key.sign({ecdsa, sha256}, message));
    bytes one(size);
    one.back() = 1;
    auto above = order;
    above.back() = static_cast<std::uint8_t>(above.back() + 1);
    for (const auto& value : {bytes(size, 0), one, order, above, bytes(size, 0xff)})
      for (const auto half : {std::size_t{0}, size}) {
        auto bad = good;
        std::ranges::copy(value, bad.begin() + static_cast<std::ptrdiff_t>(half));
        CHECK(refusal(key.public_half().verify({ecdsa, sha256}, message, bad))
              == errc::bad_signature);
      }
    for (const auto& value : {bytes(size, 0), order}) {
      auto both = value;
      both.insert(both.end(), value.begin(), value.end());
      CHECK(refusal(key.public_half().verify({ecdsa, sha256}, message, both))
            == errc::bad_signature);
    }
  }
}

TEST_CASE("r and s that begin with zeros are written in full and verify") {
  for (const auto kind : {key_kind::p256, key_kind::p384}) {
    const auto key = made(kind);
    const auto size = coordinate_size(kind);
    auto short_r = false;
    auto short_s = false;
    for (int tries = 0; tries < 5000 && !(short_r && short_s); ++tries) {
      const auto signature = minted(key.sign({ecdsa, sha256}, message));
      REQUIRE(signature.size() == 2 * size);
      if (signature[0] != 0 && signature[size] != 0)
        continue;
      short_r = short_r || signature[0] == 0;
      short_s = short_s || signature[size] == 0;
      CHECK(key.public_half().verify({ecdsa, sha256}, message, signature));
    }
    CHECK(short_r);
    CHECK(short_s);
  }
}

TEST_CASE("ECDSA signatures of RFC 6979 verify") {
  struct known {
    key_kind kind;
    hash_algorithm hash;
    bytes x;
    bytes y;
    bytes signature;
  };
  const known table[] = {
    {key_kind::p256, sha256, "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"_hex,
     "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"_hex,
     "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
     "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"_hex},
    {key_kind::p384, sha384,
     "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64"
     "DEF8F0EA9055866064A254515480BC13"_hex,
     "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1"
     "288B231C3AE0D4FE7344FD2533264720"_hex,
     "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C"
     "81A648152E44ACF96E36DD1E80FABE46"
     "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94F"
     "A329C145786E679E7B82C71A38628AC8"_hex},
  };
  for (const auto& [kind, hash, x, y, signature] : table) {
    CAPTURE(name(kind));
    const auto key = minted(public_key::from_ec_point(kind, x, y));
    CHECK(key.verify({ecdsa, hash}, to_bytes("sample"), signature));
    CHECK(!key.verify({ecdsa, hash}, to_bytes("samplf"), signature));
  }
}

TEST_CASE("an Ed25519 signature of RFC 8032 verifies") {
  const auto key = minted(
    public_key::from_der("302a300506032b6570032100"
                         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"_hex));
  CHECK(key.kind() == key_kind::ed25519);
  CHECK(key.verify({eddsa, sha512}, "72"_hex,
                   "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                   "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"_hex));
}

TEST_CASE("short RSA keys, and those whose exponent is 1, are weak") {
  const auto short_key = foreign(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}));
  CHECK(short_key.kind() == key_kind::other);
  CHECK(refusal(short_key.verify({rsassa, sha256}, message, bytes(128, 1))) == errc::weak);
  auto modulus = bytes(256, 0xc3);
  const auto trivial = public_key::from_rsa(modulus, 1);
  REQUIRE(trivial);
  CHECK(refusal(trivial->verify({rsassa, sha256}, message, bytes(256, 1))) == errc::weak);
}

TEST_CASE("a key made of modulus and exponent is the one they are of") {
  const auto key = made(key_kind::rsa2048);
  BIGNUM* n = nullptr;
  REQUIRE(EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_RSA_N, &n) == 1);
  const openssl::bignum modulus{n};
  bytes big_endian(256);
  BN_bn2binpad(n, big_endian.data(), 256);
  const auto same = minted(public_key::from_rsa(big_endian, 65537));
  CHECK(same.kind() == key_kind::rsa2048);
  CHECK(same == key.public_half());
  CHECK(same.der() == key.public_half().der());
  CHECK(same.verify({rsapss, sha256}, message, minted(key.sign({rsapss, sha256}, message))));
  CHECK(refusal(public_key::from_rsa(big_endian, 65536)) == errc::malformed);
  CHECK(refusal(public_key::from_rsa({}, 65537)) == errc::malformed);
  CHECK(refusal(public_key::from_rsa(bytes(2049, 0xff), 65537)) == errc::too_large);
  big_endian.back() ^= 1;
  CHECK(refusal(public_key::from_rsa(big_endian, 65537)) == errc::malformed);
}

TEST_CASE("a key is made of a point on its curve, and of no other") {
  for (const auto kind : {key_kind::p256, key_kind::p384, key_kind::p521}) {
    CAPTURE(name(kind));
    const auto size = coordinate_size(kind);
    const auto key = made(kind).public_half();
    const auto point = key.ec_point();
    REQUIRE(point.size() == 1 + 2 * size);
    auto x = copy(byte_view{point}.subspan(1, size));
    const auto y = copy(byte_view{point}.last(size));
    CHECK(minted(public_key::from_ec_point(kind, x, y)) == key);
    auto padded = x;
    padded.insert(padded.begin(), 3, 0);
    CHECK(minted(public_key::from_ec_point(kind, padded, y)) == key);
    padded.front() = 1;
    CHECK(refusal(public_key::from_ec_point(kind, padded, y)) == errc::malformed);
    CHECK(refusal(public_key::from_ec_point(kind, y, x)) == errc::malformed);
    CHECK(refusal(public_key::from_ec_point(kind, {}, {})) == errc::malformed);
    CHECK(refusal(public_key::from_ec_point(kind, bytes(size, 0xff), y)) == errc::malformed);
    x.back() ^= 1;
    CHECK(refusal(public_key::from_ec_point(kind, x, y)) == errc::malformed);
  }
  CHECK(refusal(public_key::from_ec_point(key_kind::rsa2048, {}, {})) == errc::unsupported);
  CHECK(made(key_kind::ed25519).public_half().ec_point().empty());
}

TEST_CASE("keys of every kind survive DER and PEM, and differ from others") {
  for (const auto& [kind, algorithms] : rows) {
    CAPTURE(name(kind));
    const auto key = made(kind);
    const auto half = key.public_half();
    CHECK(minted(public_key::from_der(half.der())) == half);
    CHECK(minted(public_key::from_pem(half.pem())) == half);
    CHECK(!(made(kind).public_half() == half));
    CHECK(!(made(key_kind::p256).public_half() == half));
    const auto again = minted(private_key::from_pem(key.pem()));
    CHECK(again.public_half() == half);
    const auto algorithm = again.default_algorithm();
    CHECK(half.verify(algorithm, message, minted(again.sign(algorithm, message))));
  }
}

TEST_CASE("every proper prefix of a public key is malformed, and a byte behind it trailing") {
  for (const auto kind : {key_kind::p256, key_kind::rsa2048, key_kind::ed25519}) {
    auto der = made(kind).public_half().der();
    for (std::size_t n = 0; n < der.size(); ++n)
      CHECK(refusal(public_key::from_der(byte_view{der}.first(n))) == errc::malformed);
    der.push_back(0);
    CHECK(refusal(public_key::from_der(der)) == errc::trailing);
  }
}

TEST_CASE("a public key's PEM is one block of its kind") {
  const auto pem = made(key_kind::p256).public_half().pem();
  CHECK(refusal(public_key::from_pem("")) == errc::malformed);
  CHECK(refusal(public_key::from_pem(pem + pem)) == errc::malformed);
  CHECK(refusal(public_key::from_pem(made(key_kind::p256).pem())) == errc::malformed);
  CHECK(refusal(public_key::from_pem(pem.substr(0, pem.size() / 2))) == errc::malformed);
}

TEST_CASE("a compressed point is the same key") {
  const auto key = made(key_kind::p256).public_half();
  auto der = key.der();
  const auto odd = (der.back() & 1) != 0;
  der.resize(der.size() - 32);        // without y
  der[der.size() - 33] = odd ? 3 : 2; // its sign instead
  der[1] = static_cast<std::uint8_t>(der[1] - 32);
  der[der.size() - 35] = static_cast<std::uint8_t>(der[der.size() - 35] - 32);
  CHECK(minted(public_key::from_der(der)) == key);
}

TEST_CASE("a curve that is spelled out, or is none of ours, verifies nothing") {
  const auto other = foreign(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "secp256k1"));
  EVP_PKEY* spelled_out = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  EVP_PKEY_set_utf8_string_param(spelled_out, OSSL_PKEY_PARAM_EC_ENCODING, "explicit");
  for (const auto& key : {other, foreign(spelled_out)}) {
    CHECK(key.kind() == key_kind::other);
    CHECK(refusal(key.verify({ecdsa, sha256}, message, bytes(64, 1))) == errc::unsupported);
  }
}

TEST_CASE("a key that OpenSSL does not know keeps its bytes and verifies nothing") {
  const auto der = "300c 3005 0603 2a0304 0303 00 abcd"_hex;
  const auto key = minted(public_key::from_der(der));
  CHECK(key.kind() == key_kind::other);
  CHECK(key.get() == nullptr);
  CHECK(key.der() == der);
  CHECK(key == minted(public_key::from_der(der)));
  CHECK(refusal(key.verify({rsassa, sha256}, message, bytes(64, 1))) == errc::unsupported);
}

TEST_CASE("private keys that are encrypted, broken or of another kind are refused") {
  CHECK(refusal(private_key::from_pem("")) == errc::malformed);
  CHECK(refusal(private_key::from_pem(made(key_kind::p256).public_half().pem()))
        == errc::malformed);
  const auto good = made(key_kind::p256);
  CHECK(refusal(private_key::from_pem(pem_of(good.get(), EVP_aes_256_cbc()))) == errc::malformed);
  const openssl::pkey koblitz{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "secp256k1")};
  CHECK(refusal(private_key::from_pem(pem_of(koblitz.get()))) == errc::unsupported);
  const openssl::pkey short_rsa{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024})};
  CHECK(refusal(private_key::from_pem(pem_of(short_rsa.get()))) == errc::unsupported);
  CHECK(refusal(private_key::generate(key_kind::other)) == errc::unsupported);
}

TEST_CASE("no call leaves anything in OpenSSL's error queue") {
  ERR_clear_error();
  const auto key = made(key_kind::rsa2048).public_half();
  CHECK(!key.verify({rsapss, sha256}, message, bytes(256, 1)));
  CHECK(!public_key::from_der(bytes(10, 1)));
  CHECK(!private_key::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
  CHECK(!certificate::from_der(bytes(10, 1)));
  CHECK(ERR_peek_error() == 0);
}
