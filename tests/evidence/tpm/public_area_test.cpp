#include "shared/evidence/tpm/public_area.hpp"

#include "shared/evidence/tpm/algorithm.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::tpm;

namespace {

// Written by hand from TPM 2.0 Part 2, 12.2; one line for each field.
const bytes modulus(16, 0xa5);

const bytes rsa_key = [] {
  auto out = "0001"      // type: RSA
             "000b"      // name algorithm: SHA-256
             "00050072"  // attributes of an attestation key
             "0002 beef" // authorization policy
             "0010"      // no symmetric algorithm
             "0014 000b" // scheme: RSASSA with SHA-256
             "0080"      // 128 bits
             "00000000"  // exponent: the default
             "0010"_hex; // modulus
  out.insert(out.end(), modulus.begin(), modulus.end());
  return out;
}();

const bytes ecc_key = "0023"           // type: ECC
                      "000c"           // name algorithm: SHA-384
                      "000300b2"       // attributes of an endorsement key
                      "0000"           // no policy
                      "0006 0080 0043" // AES-128 in CFB
                      "0010"           // no scheme
                      "0003"           // P-256
                      "0010"           // no KDF
                      "0002 0a0b"      // x
                      "0001 0c"_hex;   // y

} // namespace

TEST_SUITE_BEGIN("evidence/tpm/public_area");

TEST_CASE("the public area of an RSA attestation key parses into its fields") {
  const auto area = parse_public_area(rsa_key);
  REQUIRE(area);
  CHECK(area->exact == rsa_key);
  CHECK(area->name_algorithm == hash_algorithm::sha256);
  CHECK(area->auth_policy == "beef"_hex);
  CHECK(area->symmetric.algorithm == alg::null);
  CHECK(area->scheme == alg::rsassa);
  CHECK(area->scheme_hash == hash_algorithm::sha256);
  const auto* key = std::get_if<rsa_parameters>(&area->key);
  REQUIRE(key != nullptr);
  CHECK(key->key_bits == 128);
  CHECK(key->exponent == 65537);
  CHECK(key->modulus == modulus);
}

TEST_CASE("attributes are named, each by its bit") {
  const auto area = parse_public_area(rsa_key);
  REQUIRE(area);
  const auto& a = area->attributes;
  CHECK(a.value == 0x00050072);
  CHECK(a.fixed_tpm);
  CHECK(a.fixed_parent);
  CHECK(a.sensitive_data_origin);
  CHECK(a.user_with_auth);
  CHECK(a.restricted);
  CHECK(a.sign);
  CHECK(!a.decrypt);
  CHECK(!a.st_clear);
  CHECK(!a.admin_with_policy);
  CHECK(!a.firmware_limited);
  CHECK(!a.svn_limited);
  CHECK(!a.no_da);
  CHECK(!a.encrypted_duplication);
  CHECK(!a.x509_sign);
}

TEST_CASE("the public area of an ECC endorsement key parses into its fields") {
  const auto area = parse_public_area(ecc_key);
  REQUIRE(area);
  CHECK(area->name_algorithm == hash_algorithm::sha384);
  CHECK(area->attributes.decrypt);
  CHECK(area->attributes.admin_with_policy);
  CHECK(!area->attributes.sign);
  CHECK(area->symmetric.algorithm == alg::aes);
  CHECK(area->symmetric.key_bits == 128);
  CHECK(area->symmetric.mode == 0x0043);
  CHECK(area->scheme == alg::null);
  CHECK(!area->scheme_hash);
  const auto* key = std::get_if<ecc_parameters>(&area->key);
  REQUIRE(key != nullptr);
  CHECK(key->curve_id == curve::nist_p256);
  CHECK(key->kdf == alg::null);
  CHECK(key->x == "0a0b"_hex);
  CHECK(key->y == "0c"_hex);
}

TEST_CASE("an exponent that is written is taken as it stands") {
  auto three = rsa_key;
  three[23] = 0x03;
  const auto area = parse_public_area(three);
  REQUIRE(area);
  CHECK(std::get<rsa_parameters>(area->key).exponent == 3);
}

TEST_CASE("a template has an empty modulus") {
  auto hollow = byte_view{rsa_key}.first(rsa_key.size() - modulus.size());
  auto text = copy(hollow);
  text.back() = 0;
  const auto area = parse_public_area(text);
  REQUIRE(area);
  CHECK(std::get<rsa_parameters>(area->key).modulus.empty());
}

TEST_CASE("every proper prefix of a public area is refused as truncated") {
  check_prefixes(rsa_key, parse_public_area);
  check_prefixes(ecc_key, parse_public_area);
}

TEST_CASE("a malformed public area is refused at the field that is wrong") {
  check_mutations(rsa_key,
                  {
                    {1, 0x08, errc::unsupported, "tpm.public.type at byte 0"}, // a keyed hash
                    {3, 0x12, errc::unsupported, "tpm.public.name_algorithm at byte 2"},
                    {7, 0x73, errc::malformed, "tpm.public.attributes at byte 4"},
                    {4, 0x80, errc::malformed, "tpm.public.attributes at byte 4"},
                    {9, 0x41, errc::too_large, "tpm.public.auth_policy at byte 8"},
                    {13, 0x0a, errc::unsupported, "tpm.public.symmetric at byte 12"},
                    {15, 0x18, errc::unsupported, "tpm.public.scheme at byte 14"}, // ECDSA
                    {17, 0x27, errc::unsupported, "tpm.public.scheme.hash at byte 16"},
                    {19, 0x81, errc::malformed, "tpm.public.key_bits at byte 18"},
                    {18, 0x20, errc::too_large, "tpm.public.key_bits at byte 18"},
                    {19, 0x88, errc::malformed, "tpm.public.modulus at byte 26"},
                    {24, 0x03, errc::too_large, "tpm.public.modulus at byte 24"},
                  },
                  parse_public_area);
  check_mutations(ecc_key,
                  {
                    {17, 0x14, errc::unsupported, "tpm.public.scheme at byte 16"}, // RSASSA
                    {19, 0x10, errc::unsupported, "tpm.public.curve at byte 18"},
                    {21, 0x14, errc::unsupported, "tpm.public.kdf at byte 20"},
                    {23, 0x43, errc::too_large, "tpm.public.x at byte 22"},
                    {27, 0x43, errc::too_large, "tpm.public.y at byte 26"},
                  },
                  parse_public_area);
}

TEST_CASE("a byte after a public area is refused as trailing") {
  check_trailing(rsa_key, "tpm.public.end at byte 42", parse_public_area);
  check_trailing(ecc_key, "tpm.public.end at byte 29", parse_public_area);
}

TEST_CASE("a sized public area is one behind its exact length") {
  auto sized = "002a"_hex;
  sized.insert(sized.end(), rsa_key.begin(), rsa_key.end());
  const auto area = parse_sized_public_area(sized);
  REQUIRE(area);
  CHECK(area->exact == rsa_key);
  check_prefixes(sized, parse_sized_public_area);
  check_trailing(sized, "tpm.sized_public.end at byte 44", parse_sized_public_area);
  check_mutations(sized,
                  {
                    {0, 0x11, errc::too_large, "tpm.sized_public.public at byte 0"},
                    {1, 0x29, errc::trailing, "tpm.sized_public.end at byte 43"},
                  },
                  parse_sized_public_area);
}

TEST_SUITE_END();
