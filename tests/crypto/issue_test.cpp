#include "shared/crypto/issue.hpp"

#include "tests/support/minted.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

using namespace troth;
using namespace troth::crypto;
using namespace troth::testing;

namespace {

const private_key& key() {
  static const auto one = minted(private_key::generate(key_kind::p256));
  return one;
}

} // namespace

TEST_SUITE_BEGIN("crypto/issue");

TEST_CASE("the hash of a certificate fits the key that signs it") {
  const std::pair<key_kind, int> rows[] = {
    {key_kind::p256, NID_ecdsa_with_SHA256}, {key_kind::p384, NID_ecdsa_with_SHA384},
    {key_kind::p521, NID_ecdsa_with_SHA512}, {key_kind::rsa2048, NID_sha256WithRSAEncryption},
    {key_kind::ed25519, NID_ED25519},
  };
  for (const auto& [kind, nid] : rows) {
    CAPTURE(name(kind));
    CHECK(X509_get_signature_nid(mint_root(ca_content("root"), kind).certificate.get()) == nid);
  }
}

TEST_CASE("the key identifiers of CA and certificate match") {
  const auto root = mint_root(ca_content("root"));
  const auto leaf = mint(leaf_content("leaf"), root);
  const auto* of_root = X509_get0_subject_key_id(root.certificate.get());
  REQUIRE(of_root != nullptr);
  CHECK(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(root.certificate.get()), of_root) == 0);
  CHECK(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(leaf.certificate.get()), of_root) == 0);
  CHECK(ASN1_OCTET_STRING_cmp(X509_get0_subject_key_id(leaf.certificate.get()), of_root) != 0);
}

TEST_CASE("serial numbers are 16 random bytes unless given") {
  const auto one = minted(self_sign(leaf_content("a"), key()));
  const auto other = minted(self_sign(leaf_content("a"), key()));
  CHECK(one.serial().size() == 32);
  CHECK(one.serial() != other.serial());
  auto content = leaf_content("a");
  content.serial = bytes(20, 0x11);
  CHECK(minted(self_sign(content, key())).serial() == std::string(40, '1'));
  content.serial.push_back(1);
  CHECK(refusal(self_sign(content, key())) == errc::malformed);
  content.serial = {0x80};
  CHECK(refusal(self_sign(content, key())) == errc::malformed);
}

TEST_CASE("alternative names are critical if there is no subject") {
  auto content = leaf_content("a");
  content.dns_names = {"a.example"};
  for (const auto nameless : {false, true}) {
    if (nameless)
      content.subject = {};
    const auto made = minted(self_sign(content, key()));
    for (const auto& one : made.extensions())
      if (one.oid == "2.5.29.17")
        CHECK(one.critical == nameless);
  }
}

TEST_CASE("times beyond 2049 are written and read") {
  auto content = leaf_content("a");
  content.not_after = *parse_time("2105-01-02T03:04:05Z");
  CHECK(format_time(minted(self_sign(content, key())).not_after()) == "2105-01-02T03:04:05Z");
}

TEST_CASE("what no certificate can say is malformed") {
  const auto refused = [](auto change) {
    auto content = leaf_content("a");
    change(content);
    return refusal(self_sign(content, key()));
  };
  using content = certificate_content;
  CHECK(refused([](content& c) { c.subject.common_name = std::string(65, 'a'); })
        == errc::malformed);
  CHECK(refused([](content& c) { c.subject.common_name = std::string(1, '\xff'); })
        == errc::malformed);
  CHECK(refused([](content& c) { c.dns_names = {""}; }) == errc::malformed);
  CHECK(refused([](content& c) { c.dns_names = {"a b"}; }) == errc::malformed);
  CHECK(refused([](content& c) { c.dns_names = {std::string("a\0b", 3)}; }) == errc::malformed);
  CHECK(refused([](content& c) { c.uris = {"urn:\n"}; }) == errc::malformed);
  CHECK(refused([](content& c) { c.ip_addresses = {"1.2.3"}; }) == errc::malformed);
  CHECK(refused([](content& c) { c.extended_key_usages = {"serverAuth"}; }) == errc::malformed);
  CHECK(refused([](content& c) { c.not_after = c.not_before; }) == errc::malformed);
  CHECK(refused([](content& c) { c.more = {{"no OID", false, {}}}; }) == errc::malformed);
}

TEST_CASE("a text that looks like more names is one name") {
  auto content = leaf_content("a");
  content.dns_names = {"a.example,URI:urn:troth:role:verifier"};
  const auto made = minted(self_sign(content, key()));
  CHECK(made.uris().empty());
  CHECK(made.dns_names() == content.dns_names);
}

TEST_CASE("only a CA issues, and only with its own key") {
  const auto root = mint_root(ca_content("root"));
  const auto leaf = mint(leaf_content("leaf"), root);
  const auto half = key().public_half();
  CHECK(refusal(issue(leaf_content("a"), half, leaf.certificate, leaf.key)) == errc::forbidden);
  CHECK(refusal(issue(leaf_content("a"), half, root.certificate, leaf.key)) == errc::conflict);
}
