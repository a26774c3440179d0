#include "shared/crypto/key.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace troth;
using namespace troth::crypto;

namespace {

constexpr auto sha256 = hash_algorithm::sha256;
constexpr auto sha384 = hash_algorithm::sha384;
constexpr auto sha512 = hash_algorithm::sha512;

private_key made(key_kind kind) {
  auto key = private_key::generate(kind);
  REQUIRE(key);
  return *std::move(key);
}

struct row {
  key_kind kind;
  std::vector<signature_algorithm> algorithms;
};

const std::vector<signature_algorithm> all_ecdsa{{signature_scheme::ecdsa, sha256},
                                                 {signature_scheme::ecdsa, sha384},
                                                 {signature_scheme::ecdsa, sha512}};
const std::vector<signature_algorithm> all_rsa{
  {signature_scheme::rsassa, sha256}, {signature_scheme::rsassa, sha384},
  {signature_scheme::rsassa, sha512}, {signature_scheme::rsapss, sha256},
  {signature_scheme::rsapss, sha384}, {signature_scheme::rsapss, sha512}};

const row rows[] = {
  {key_kind::p256, all_ecdsa},  {key_kind::p384, all_ecdsa},
  {key_kind::p521, all_ecdsa},  {key_kind::rsa2048, all_rsa},
  {key_kind::rsa3072, all_rsa}, {key_kind::ed25519, {{signature_scheme::eddsa, sha512}}},
};

} // namespace

TEST_SUITE_BEGIN("crypto/key");

TEST_CASE("what a key of any kind signs, its public half verifies, and nothing else") {
  const auto message = to_bytes("message");
  for (const auto& [kind, algorithms] : rows) {
    CAPTURE(name(kind));
    const auto key = made(kind);
    CHECK(key.public_half().kind() == kind);
    const auto stranger = made(kind).public_half();
    for (const auto algorithm : algorithms) {
      const auto signature = key.sign(algorithm, message);
      REQUIRE(signature);
      CHECK(key.public_half().verify(algorithm, message, *signature));
      CHECK(stranger.verify(algorithm, message, *signature).error().code == errc::bad_signature);
      CHECK(key.public_half().verify(algorithm, to_bytes("messagf"), *signature).error().code
            == errc::bad_signature);
    }
  }
}
