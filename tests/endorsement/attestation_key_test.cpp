#include "shared/endorsement/attestation_key.hpp"

#include "shared/base/hex.hpp"
#include "tests/support/ek_vendor.hpp"
#include "tests/support/tpm_public.hpp"

#include <doctest/doctest.h>

using namespace troth;
using testing::ek_vendor;
using testing::tpm_public;

namespace {

/// A point on P-256: its generator.
tpm_public key_on_curve() {
  tpm_public out;
  out.x = *from_hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
  out.y = *from_hex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
  return out;
}

result<void> check(const tpm_public& key) {
  const auto area = evidence::tpm::parse_public_area(key.marshalled());
  REQUIRE(area);
  return endorsement::check_attestation_key(*area);
}

result<void> check(const ek_vendor& vendor, const ek_vendor::endorsement_key& ek,
                   time_point at = ek_vendor::now) {
  const auto area = evidence::tpm::parse_public_area(ek.area.marshalled());
  REQUIRE(area);
  return endorsement::check_endorsement_key(ek.certificate, *area, vendor.certificates(), at);
}

} // namespace

TEST_SUITE_BEGIN("endorsement/attestation_key");

TEST_CASE("a restricted signing key that cannot leave its TPM is an attestation key") {
  CHECK(check(key_on_curve()));
}

TEST_CASE("each attribute that an attestation key must not have, or lack, is refused by name") {
  struct mutation {
    std::uint32_t flipped;
    const char* where;
  };
  constexpr mutation table[]{
    {1U << 1, "ak: expected fixedTPM"},
    {1U << 4, "ak: expected fixedParent"},
    {1U << 5, "ak: expected sensitiveDataOrigin"},
    {1U << 16, "ak: expected restricted"},
    {1U << 17, "ak: expected no decrypt"},
    {1U << 18, "ak: expected sign"},
    {1U << 19, "ak: expected no x509sign"},
  };
  for (const auto& each : table) {
    auto key = key_on_curve();
    key.attributes ^= each.flipped;
    const auto checked = check(key);
    REQUIRE_MESSAGE(!checked, each.where);
    CHECK(checked.error().code == errc::malformed);
    CHECK(checked.error().where == each.where);
  }
}

TEST_CASE("a key that leaves its scheme to the caller is refused") {
  auto key = key_on_curve();
  key.scheme = 0x0010;
  CHECK(check(key).error().code == errc::malformed);
}

TEST_CASE("SHA-1 is weak, in the name as in the scheme") {
  auto key = key_on_curve();
  key.name_algorithm = 0x0004;
  CHECK(check(key).error().code == errc::weak);
  key = key_on_curve();
  key.scheme_hash = 0x0004;
  CHECK(check(key).error().code == errc::weak);
}

TEST_CASE("a point that is not on its curve is no key") {
  auto key = key_on_curve();
  key.y[31] ^= 1;
  CHECK(check(key).error().code == errc::malformed);
}

TEST_CASE("the name is the hash of the public area behind the id of the hash") {
  const auto area = evidence::tpm::parse_public_area(key_on_curve().marshalled());
  REQUIRE(area);
  const auto name = endorsement::name_of(*area);
  REQUIRE(name.size() == 34);
  CHECK(hex(byte_view{name}.first(2)) == "000b");
  auto other = key_on_curve();
  other.attributes ^= 1U << 10; // noDA
  CHECK(name != endorsement::name_of(*evidence::tpm::parse_public_area(other.marshalled())));
}

TEST_CASE("an endorsement key that a trusted vendor certified is one") {
  const ek_vendor vendor;
  CHECK(check(vendor, vendor.make()));
}

TEST_CASE("an endorsement key of another vendor, or of none, is untrusted") {
  const ek_vendor vendor;
  const ek_vendor other;
  CHECK(check(vendor, other.make()).error().code == errc::untrusted);
  const auto ek = vendor.make();
  const auto area = evidence::tpm::parse_public_area(ek.area.marshalled());
  CHECK(endorsement::check_endorsement_key(ek.certificate, *area, {}, ek_vendor::now).error().code
        == errc::untrusted);
  // The intermediate alone is no root.
  const std::vector only{vendor.intermediate};
  CHECK(endorsement::check_endorsement_key(ek.certificate, *area, only, ek_vendor::now).error().code
        == errc::untrusted);
}

TEST_CASE("an endorsement key's certificate that is not valid now is expired") {
  const ek_vendor vendor;
  const auto ek = vendor.make();
  CHECK(check(vendor, ek, ek_vendor::now + 11 * ek_vendor::day).error().code == errc::expired);
  CHECK(check(vendor, ek, ek_vendor::now - 11 * ek_vendor::day).error().code == errc::expired);
}

TEST_CASE("a certificate for another role does not vouch for an endorsement key") {
  const ek_vendor vendor;
  for (const auto usage :
       {crypto::eku::tpm_ak, crypto::eku::client_auth, crypto::eku::code_signing}) {
    auto content = ek_vendor::ek_content();
    content.extended_key_usages = {std::string{usage}};
    CHECK(check(vendor, vendor.make(content)).error().code == errc::untrusted);
  }
  auto content = ek_vendor::ek_content();
  content.extended_key_usages.clear();
  CHECK(check(vendor, vendor.make(content)).error().code == errc::untrusted);
}

TEST_CASE("a CA's certificate does not vouch for an endorsement key") {
  const ek_vendor vendor;
  auto content = ek_vendor::ek_content();
  content.ca.emplace();
  content.key_usages = {crypto::key_usage::certificate_sign};
  const auto checked = check(vendor, vendor.make(content));
  REQUIRE(!checked);
  CHECK(checked.error().where == "ek: expected a certificate that is no CA's");
}

TEST_CASE("an endorsement key that is not the certificate's, or could sign, is malformed") {
  const ek_vendor vendor;
  auto ek = vendor.make();
  const auto own = ek.area;
  ek.area.x = vendor.make().area.x;
  CHECK(check(vendor, ek).error().code == errc::malformed);
  const auto other = vendor.make();
  ek.area = other.area;
  CHECK(check(vendor, ek).error().where == "ek: expected the key of its certificate");
  constexpr std::uint32_t attributes[]{1U << 1, 1U << 4, 1U << 5, 1U << 16, 1U << 17, 1U << 18};
  for (const auto flipped : attributes) {
    ek.area = own;
    ek.area.attributes ^= flipped;
    const auto area = evidence::tpm::parse_public_area(ek.area.marshalled());
    if (area) // the parser may refuse the combination already
      CHECK(check(vendor, ek).error().code == errc::malformed);
  }
}

TEST_SUITE_END();
