#include "shared/evidence/tpm/signature.hpp"

#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using evidence::tpm::parse_signature;
using evidence::tpm::raw_ecdsa;

namespace {

// Written by hand from TPM 2.0 Part 2, 11.3: scheme, hash, then the scheme's own.
const bytes rsassa = "0014 000b 0003 aabbcc"_hex;
const bytes rsapss = "0016 000c 0002 ddee"_hex;
const bytes ecdsa = "0018 000b 0002 0102 0003 00ffee"_hex;

} // namespace

TEST_SUITE_BEGIN("evidence/tpm/signature");

TEST_CASE("RSASSA and RSAPSS signatures parse into scheme, hash and value") {
  const auto pkcs1 = parse_signature(rsassa);
  REQUIRE(pkcs1);
  CHECK(pkcs1->algorithm == signature_algorithm{signature_scheme::rsassa, hash_algorithm::sha256});
  CHECK(pkcs1->rsa == "aabbcc"_hex);
  const auto pss = parse_signature(rsapss);
  REQUIRE(pss);
  CHECK(pss->algorithm == signature_algorithm{signature_scheme::rsapss, hash_algorithm::sha384});
  CHECK(pss->rsa == "ddee"_hex);
}

TEST_CASE("an ECDSA signature parses into r and s") {
  const auto signature = parse_signature(ecdsa);
  REQUIRE(signature);
  CHECK(signature->algorithm
        == signature_algorithm{signature_scheme::ecdsa, hash_algorithm::sha256});
  CHECK(signature->rsa.empty());
  CHECK(signature->r == "0102"_hex);
  CHECK(signature->s == "00ffee"_hex);
}

TEST_CASE("r and s are padded to the size of the curve, or cut to it where zeros lead") {
  const auto signature = parse_signature(ecdsa);
  REQUIRE(signature);
  CHECK(*raw_ecdsa(*signature, 4) == "00000102 0000ffee"_hex);
  CHECK(*raw_ecdsa(*signature, 2) == "0102 ffee"_hex);
}

TEST_CASE("a number that does not fit its curve is refused, and so is RSA") {
  const auto signature = parse_signature(ecdsa);
  REQUIRE(signature);
  const auto small = raw_ecdsa(*signature, 1);
  REQUIRE(!small);
  CHECK(small.error().code == errc::malformed);
  const auto other = raw_ecdsa(*parse_signature(rsassa), 32);
  REQUIRE(!other);
  CHECK(other.error().code == errc::malformed);
}

TEST_CASE("every proper prefix of a signature is refused as truncated") {
  check_prefixes(rsassa, parse_signature);
  check_prefixes(ecdsa, parse_signature);
}

TEST_CASE("a malformed signature is refused at the field that is wrong") {
  check_mutations(rsassa,
                  {
                    {1, 0x10, errc::unsupported, "tpm.signature.scheme at byte 0"}, // TPM_ALG_NULL
                    {1, 0x1b, errc::unsupported, "tpm.signature.scheme at byte 0"}, // SM2
                    {3, 0x12, errc::unsupported, "tpm.signature.hash at byte 2"},   // SM3
                    {4, 0x03, errc::too_large, "tpm.signature.rsa at byte 4"},
                  },
                  parse_signature);
  check_mutations(ecdsa,
                  {
                    {5, 0x43, errc::too_large, "tpm.signature.r at byte 4"},
                    {9, 0x43, errc::too_large, "tpm.signature.s at byte 8"},
                  },
                  parse_signature);
}

TEST_CASE("a byte after a signature is refused as trailing") {
  check_trailing(rsassa, "tpm.signature.end at byte 9", parse_signature);
  check_trailing(ecdsa, "tpm.signature.end at byte 13", parse_signature);
}

TEST_SUITE_END();
