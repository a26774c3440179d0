#include "shared/crypto/certificate.hpp"

#include "shared/crypto/hash.hpp"
#include "shared/crypto/openssl.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace troth;
using namespace troth::crypto;
using namespace troth::testing;

namespace {

certificate_content content() {
  auto out = leaf_content("Zoë, \"the\" signer", std::string{eku::code_signing});
  out.dns_names = {"one.example", "two.example"};
  out.ip_addresses = {"192.0.2.1", "2001:db8::1"};
  out.uris = {"urn:troth:role:verifier"};
  out.serial = {0x0a, 0x00, 0xff};
  out.more = {{"1.3.6.1.4.1.55555.1", false, bytes{1, 2, 3}}};
  return out;
}

const identity& sample() {
  static const identity one = mint(content(), mint_root(ca_content("root")));
  return one;
}

/// A certificate with a serial number as DER has it.
certificate with_serial(const bytes& value, int type) {
  const openssl::x509 copied{X509_dup(sample().certificate.get())};
  auto* number = X509_get_serialNumber(copied.get());
  ASN1_STRING_set(number, value.data(), static_cast<int>(value.size()));
  number->type = type;
  X509_sign(copied.get(), sample().key.get(), EVP_sha256());
  return minted(certificate::from_der(openssl::der_of(copied.get(), i2d_X509)));
}

} // namespace

TEST_SUITE_BEGIN("crypto/certificate");

TEST_CASE("a certificate says what was put into it") {
  const auto& [key, one] = sample();
  CHECK(one.key() == key.public_half());
  CHECK(one.subject() == "CN=Zoë\\, \\\"the\\\" signer,O=Troth tests");
  CHECK(one.issuer() == "CN=root,O=Troth tests");
  CHECK(one.subject_common_name() == "Zoë, \"the\" signer");
  CHECK(one.subject_organization() == "Troth tests");
  CHECK(one.serial() == "a00ff");
  CHECK(one.not_before() == minted_from);
  CHECK(one.not_after() == minted_until);
  CHECK(!one.is_ca());
  CHECK(!one.is_self_issued());
  CHECK(one.extended_key_usages() == std::vector{std::string{eku::code_signing}});
  CHECK(one.dns_names() == content().dns_names);
  CHECK(one.uris() == content().uris);
  CHECK(one.ip_addresses()
        == std::vector<std::string>{"192.0.2.1", "2001:0db8:0000:0000:0000:0000:0000:0001"});
  CHECK(one.sha256() == crypto::hash(hash_algorithm::sha256, one.der()));
  const auto extensions = one.extensions();
  const auto ours = std::ranges::find(extensions, "1.3.6.1.4.1.55555.1", &extension::oid);
  REQUIRE(ours != extensions.end());
  CHECK(!ours->critical);
  CHECK(ours->value == bytes{1, 2, 3});
  const auto constraints = std::ranges::find(extensions, "2.5.29.19", &extension::oid);
  REQUIRE(constraints != extensions.end());
  CHECK(constraints->critical);
}

TEST_CASE("a root says that it is a CA and its own issuer") {
  const auto root = mint_root(ca_content("root")).certificate;
  CHECK(root.is_ca());
  CHECK(root.is_self_issued());
  CHECK(root.extended_key_usages().empty());
  CHECK(root.dns_names().empty());
}

TEST_CASE("serial numbers are hex without leading zeros") {
  CHECK(with_serial({0x00}, V_ASN1_INTEGER).serial() == "0");
  CHECK(with_serial({0x01}, V_ASN1_INTEGER).serial() == "1");
  CHECK(with_serial({0xff, 0x00}, V_ASN1_INTEGER).serial() == "ff00");
  CHECK(with_serial({0x2a}, V_ASN1_NEG_INTEGER).serial() == "-2a");
}

TEST_CASE("every proper prefix of a certificate is malformed, and a byte behind it trailing") {
  auto der = sample().certificate.der();
  for (std::size_t n = 0; n < der.size(); ++n)
    CHECK(refusal(certificate::from_der(byte_view{der}.first(n))) == errc::malformed);
  der.push_back(0);
  CHECK(refusal(certificate::from_der(der)) == errc::trailing);
}

TEST_CASE("a certificate above 64 KiB is refused unread") {
  CHECK(refusal(certificate::from_der(bytes(64 * 1024 + 1, 0x30))) == errc::too_large);
  auto large = content();
  large.more = {{"1.3.6.1.4.1.55555.2", false, bytes(60'000, 1)}};
  CHECK(minted(self_sign(large, sample().key)).der().size() > 60'000);
}

TEST_CASE("a certificate whose key is not on its curve is malformed") {
  auto der = sample().certificate.der();
  const auto point = sample().certificate.key().ec_point();
  const auto at = std::ranges::search(der, point).begin();
  REQUIRE(at != der.end());
  *(at + 40) ^= 1;
  CHECK(refusal(certificate::from_der(der)) == errc::malformed);
}

TEST_CASE("names with a control character are left out") {
  // SEQUENCE { [2] "a\0b", [2] "good", [6] "urn:\x1b" }
  auto with_nul = leaf_content("nul");
  with_nul.more = {{"2.5.29.17", false, "3011 8203 610062 8204 676f6f64 8604 75726e1b"_hex}};
  with_nul.more.front().value[1] = 17;
  const auto one = minted(self_sign(with_nul, sample().key));
  CHECK(one.dns_names() == std::vector<std::string>{"good"});
  CHECK(one.uris().empty());
}

TEST_CASE("an extension that occurs twice makes the certificate malformed") {
  auto twice = leaf_content("twice", std::string{eku::code_signing});
  twice.more = {{"2.5.29.37", false, "300a 0608 2b06010505070301"_hex}};
  CHECK(refusal(self_sign(twice, sample().key)) == errc::malformed);
}

TEST_CASE("PEM holds any number of certificates, and other blocks are passed over") {
  const auto& one = sample().certificate;
  const auto root = mint_root(ca_content("root"));
  const auto text = "a comment\n" + one.pem() + root.key.pem() + "\n\nanother\n"
                    + root.certificate.pem() + "the end";
  const auto read = certificate::from_pem(text);
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK((*read)[0].der() == one.der());
  CHECK((*read)[1].der() == root.certificate.der());
}

TEST_CASE("PEM without a certificate, or with a broken one, is malformed") {
  const auto pem = sample().certificate.pem();
  CHECK(refusal(certificate::from_pem("")) == errc::malformed);
  CHECK(refusal(certificate::from_pem("hello")) == errc::malformed);
  CHECK(refusal(certificate::from_pem(sample().key.pem())) == errc::malformed);
  CHECK(refusal(certificate::from_pem(pem + pem.substr(0, pem.size() / 2))) == errc::malformed);
  auto no_base64 = pem;
  no_base64[100] = '!';
  CHECK(refusal(certificate::from_pem(no_base64)) == errc::malformed);
  CHECK(
    refusal(certificate::from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
    == errc::malformed);
  CHECK(refusal(certificate::from_pem(std::string(16 * 1024 * 1024 + 1, ' '))) == errc::too_large);
}

TEST_CASE("a copy is the same certificate, and cheap") {
  const auto copied = sample().certificate; // NOLINT(performance-unnecessary-copy-initialization)
  CHECK(copied.get() == sample().certificate.get());
  CHECK(&copied.der() == &sample().certificate.der());
}
