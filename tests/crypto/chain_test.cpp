#include "shared/crypto/certificate.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>
#include <openssl/x509.h>

using namespace troth;
using namespace troth::crypto;
using namespace troth::testing;

namespace {

constexpr std::string_view code_signing = eku::code_signing;

certificate_content signer_content(std::string name = "signer") {
  return leaf_content(std::move(name), std::string{code_signing});
}

/// root > intermediate > leaf, all good.
struct pki {
  identity root = mint_root(ca_content("root"));
  identity intermediate = mint(ca_content("intermediate"), root);
  identity leaf = mint(signer_content(), intermediate);
};

result<std::vector<certificate>>
verify(const certificate& leaf, const std::vector<certificate>& intermediates,
       const std::vector<certificate>& roots, time_point at = minted_now) {
  return verify_chain(leaf, intermediates, roots, {at, code_signing});
}

/// `of` as if it were a CA: to issue with what `issue` refuses to issue with.
identity as_if_a_ca(const identity& of, std::string name) {
  return {of.key, minted(self_sign(ca_content(std::move(name)), of.key))};
}

/// Signs `what` again, with another hash.
certificate resigned(const certificate& what, const private_key& key, const EVP_MD* md) {
  auto* copied = X509_dup(what.get());
  X509_sign(copied, key.get(), md);
  unsigned char* der = nullptr;
  const auto size = i2d_X509(copied, &der);
  auto out = certificate::from_der({der, static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  X509_free(copied);
  REQUIRE(out);
  return *out;
}

} // namespace

TEST_SUITE_BEGIN("crypto/chain");

TEST_CASE("a path over an intermediate is returned leaf first, root last") {
  const pki p;
  const auto path = verify(p.leaf.certificate, {p.intermediate.certificate}, {p.root.certificate});
  REQUIRE(path);
  REQUIRE(path->size() == 3);
  CHECK((*path)[0].der() == p.leaf.certificate.der());
  CHECK((*path)[1].der() == p.intermediate.certificate.der());
  CHECK((*path)[2].der() == p.root.certificate.der());
}

TEST_CASE("paths verify under keys of every kind") {
  for (const auto kind : {key_kind::p256, key_kind::p384, key_kind::p521, key_kind::rsa2048,
                          key_kind::rsa3072, key_kind::ed25519}) {
    CAPTURE(name(kind));
    const auto root = mint_root(ca_content("root"), kind);
    const auto leaf = mint(signer_content(), root, kind);
    CHECK(verify(leaf.certificate, {}, {root.certificate}));
  }
}

TEST_CASE("intermediates come in any order, and those that lead nowhere do no harm") {
  const pki p;
  const auto second = mint(ca_content("second"), p.intermediate);
  const auto leaf = mint(signer_content(), second);
  const auto stray = mint_root(ca_content("stray"));
  const auto path = verify(leaf.certificate,
                           {stray.certificate, p.intermediate.certificate, second.certificate},
                           {p.root.certificate});
  REQUIRE(path);
  CHECK(path->size() == 4);
}

TEST_CASE("a chain as carried verifies with and without its root") {
  const pki p;
  const std::vector<certificate> roots{p.root.certificate};
  const std::vector<bytes> with{p.leaf.certificate.der(), p.intermediate.certificate.der(),
                                p.root.certificate.der()};
  const auto without = std::span{with}.first(2);
  for (const auto carried : {std::span{with}, without}) {
    const auto path = verify_chain(carried, roots, {minted_now, code_signing});
    REQUIRE(path);
    CHECK(path->size() == 3);
  }
  CHECK(refusal(verify_chain(std::span{with}.first(1), roots, {minted_now, code_signing}))
        == errc::untrusted);
  CHECK(refusal(verify_chain(std::span<const bytes>{}, roots, {minted_now, code_signing}))
        == errc::missing);
}

TEST_CASE("a chain that ends in no root of ours is untrusted") {
  const pki p;
  const pki other;
  const auto& leaf = p.leaf.certificate;
  const std::vector<certificate> intermediates{p.intermediate.certificate};
  CHECK(refusal(verify(leaf, intermediates, {other.root.certificate})) == errc::untrusted);
  CHECK(refusal(verify(leaf, intermediates, {})) == errc::untrusted);
  CHECK(refusal(verify(leaf, {}, {p.root.certificate})) == errc::untrusted);
  // A root that the message brings along is nobody's root.
  CHECK(refusal(
          verify(leaf, {p.intermediate.certificate, p.root.certificate}, {other.root.certificate}))
        == errc::untrusted);
}

TEST_CASE("a CA given as a root is one, whoever issued it; one that is carried is not") {
  const pki p;
  const auto path = verify(p.leaf.certificate, {}, {p.intermediate.certificate});
  REQUIRE(path);
  CHECK(path->size() == 2);
  CHECK(verify(p.leaf.certificate, {p.intermediate.certificate, p.root.certificate},
               {p.intermediate.certificate}));
  CHECK(refusal(verify(p.leaf.certificate, {p.intermediate.certificate}, {})) == errc::untrusted);
  auto content = ca_content("short-lived");
  content.not_after = minted_now - std::chrono::hours{1};
  const auto expired = mint(content, p.root);
  const auto leaf = mint(signer_content(), expired);
  CHECK(refusal(verify(leaf.certificate, {}, {expired.certificate})) == errc::expired);
}

TEST_CASE("an end entity given as a root vouches for itself and for nobody else") {
  const pki p;
  CHECK(verify(p.leaf.certificate, {}, {p.leaf.certificate}));
  const auto other = mint(signer_content("other"), p.intermediate);
  CHECK(refusal(verify(other.certificate, {p.intermediate.certificate}, {p.leaf.certificate}))
        == errc::untrusted);
}

TEST_CASE("of two roots with one name and no key identifiers the one that signed is found") {
  auto content = ca_content("root");
  const auto without_identifiers = [](const identity& of) {
    auto* copied = X509_dup(of.certificate.get());
    for (const auto nid : {NID_subject_key_identifier, NID_authority_key_identifier}) {
      const auto at = X509_get_ext_by_NID(copied, nid, -1);
      if (at >= 0)
        X509_EXTENSION_free(X509_delete_ext(copied, at));
    }
    X509_sign(copied, of.key.get(), EVP_sha256());
    unsigned char* der = nullptr;
    const auto size = i2d_X509(copied, &der);
    auto out = certificate::from_der({der, static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    X509_free(copied);
    REQUIRE(out);
    return identity{of.key, *out};
  };
  const auto old_root = without_identifiers(mint_root(content));
  const auto new_root = without_identifiers(mint_root(content));
  const auto leaf = mint(signer_content(), new_root);
  for (const auto& roots : {std::vector{old_root.certificate, new_root.certificate},
                            std::vector{new_root.certificate, old_root.certificate}})
    CHECK(verify(leaf.certificate, {}, roots));
  CHECK(refusal(verify(leaf.certificate, {}, {old_root.certificate, old_root.certificate}))
        == errc::untrusted);
}

TEST_CASE("a leaf without the demanded EKU is untrusted, and one with any EKU as well") {
  const pki p;
  for (const auto& usages : std::vector<std::vector<std::string>>{
         {}, {std::string{eku::server_auth}}, {"2.5.29.37.0"}}) {
    auto content = signer_content();
    content.extended_key_usages = usages;
    const auto leaf = mint(content, p.root);
    CHECK(refusal(verify(leaf.certificate, {}, {p.root.certificate})) == errc::untrusted);
    CHECK(verify_chain(leaf.certificate, {}, std::vector{p.root.certificate}, {minted_now, {}}));
  }
}

TEST_CASE("a CA whose EKUs lack the demanded one may not issue for it") {
  const pki p;
  auto content = ca_content("servers only");
  content.extended_key_usages = {std::string{eku::server_auth}};
  const auto ca = mint(content, p.root);
  const auto leaf = mint(signer_content(), ca);
  CHECK(refusal(verify(leaf.certificate, {ca.certificate}, {p.root.certificate}))
        == errc::untrusted);
}

TEST_CASE("time is what is given: before and after validity a chain is expired") {
  const pki p;
  const auto at = [&](time_point when) {
    return verify(p.leaf.certificate, {p.intermediate.certificate}, {p.root.certificate}, when);
  };
  using std::chrono::seconds;
  CHECK(at(minted_from));
  CHECK(at(minted_until - seconds{1}));
  CHECK(refusal(at(minted_from - seconds{1})) == errc::expired);
  CHECK(refusal(at(minted_until + seconds{1})) == errc::expired);
}

TEST_CASE("any certificate on the path can be the one that expired, also the root") {
  for (std::size_t short_lived = 0; short_lived < 3; ++short_lived) {
    CAPTURE(short_lived);
    certificate_content contents[] = {ca_content("root"), ca_content("ca"), signer_content()};
    contents[short_lived].not_after = minted_now - std::chrono::hours{1};
    const auto root = mint_root(contents[0]);
    const auto ca = mint(contents[1], root);
    const auto leaf = mint(contents[2], ca);
    CHECK(refusal(verify(leaf.certificate, {ca.certificate}, {root.certificate})) == errc::expired);
  }
}

TEST_CASE("what expired and is also wrong otherwise is untrusted") {
  const pki p;
  const pki other;
  auto content = signer_content();
  content.not_after = minted_now - std::chrono::hours{1};
  const auto leaf = mint(content, p.intermediate);
  CHECK(refusal(verify(leaf.certificate, {p.intermediate.certificate}, {other.root.certificate}))
        == errc::untrusted);
  auto der = leaf.certificate.der();
  der.back() ^= 1;
  const auto forged = certificate::from_der(der);
  REQUIRE(forged);
  CHECK(refusal(verify(*forged, {p.intermediate.certificate}, {p.root.certificate}))
        == errc::untrusted);
}

TEST_CASE("an end entity issues nothing") {
  const pki p;
  auto content = ca_content("no CA");
  content.ca = std::nullopt;
  const auto no_ca = mint(content, p.root);
  const auto leaf = mint(signer_content(), as_if_a_ca(no_ca, "no CA"));
  CHECK(refusal(verify(leaf.certificate, {no_ca.certificate}, {p.root.certificate}))
        == errc::untrusted);
}

TEST_CASE("a CA that may not sign certificates issues nothing") {
  const pki p;
  auto content = ca_content("no signer");
  content.key_usages = {key_usage::crl_sign};
  const auto ca = mint(content, p.root);
  const auto leaf = mint(signer_content(), as_if_a_ca(ca, "no signer"));
  CHECK(refusal(verify(leaf.certificate, {ca.certificate}, {p.root.certificate}))
        == errc::untrusted);
}

TEST_CASE("a CA that does not say what its key is for issues nothing") {
  const pki p;
  auto content = ca_content("no usage");
  content.key_usages.clear();
  const auto ca = mint(content, p.root);
  const auto leaf = mint(signer_content(), as_if_a_ca(ca, "no usage"));
  CHECK(refusal(verify(leaf.certificate, {ca.certificate}, {p.root.certificate}))
        == errc::untrusted);
}

TEST_CASE("a path longer than a CA allows is untrusted") {
  auto content = ca_content("root");
  content.ca = authority{0};
  const auto root = mint_root(content);
  const auto ca = mint(ca_content("ca"), root);
  const auto leaf = mint(signer_content(), ca);
  CHECK(refusal(verify(leaf.certificate, {ca.certificate}, {root.certificate})) == errc::untrusted);
  CHECK(verify(mint(signer_content(), root).certificate, {}, {root.certificate}));
}

TEST_CASE("a critical extension nobody knows is untrusted, an ignorable one is not") {
  const pki p;
  for (const auto critical : {true, false}) {
    auto content = signer_content();
    content.more = {{"1.3.6.1.4.1.55555.1", critical, bytes{5, 0}}};
    const auto leaf = mint(content, p.root);
    const auto verified = verify(leaf.certificate, {}, {p.root.certificate});
    CHECK(verified.has_value() == !critical);
    if (critical)
      CHECK(refusal(verified) == errc::untrusted);
  }
}

TEST_CASE("a critical alternative name, as EK certificates have, is accepted") {
  const pki p;
  auto content = leaf_content("", std::string{eku::tpm_ek});
  content.subject = {};
  content.dns_names = {"tpm.example"};
  const auto leaf = mint(content, p.root);
  CHECK(
    verify_chain(leaf.certificate, {}, std::vector{p.root.certificate}, {minted_now, eku::tpm_ek}));
}

TEST_CASE("SHA-1 signatures and keys below 112 bits are weak") {
  const pki p;
  const std::vector<certificate> roots{p.root.certificate};
  const auto sha1 = resigned(p.leaf.certificate, p.intermediate.key, EVP_sha1());
  CHECK(refusal(verify(sha1, {p.intermediate.certificate}, roots)) == errc::weak);
  const auto sha1_ca = resigned(p.intermediate.certificate, p.root.key, EVP_sha1());
  CHECK(refusal(verify(p.leaf.certificate, {sha1_ca}, roots)) == errc::weak);

  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024});
  X509_PUBKEY* half = nullptr;
  X509_PUBKEY_set(&half, key);
  const auto rsa1024 = minted(public_key::from_x509(half));
  X509_PUBKEY_free(half);
  EVP_PKEY_free(key);
  const auto leaf = minted(issue(signer_content(), rsa1024, p.root.certificate, p.root.key));
  CHECK(refusal(verify(leaf, {}, roots)) == errc::weak);
}

TEST_CASE("a flipped bit anywhere in a leaf makes it malformed or refused") {
  const pki p;
  const auto& good = p.leaf.certificate.der();
  for (std::size_t at = 0; at < good.size(); ++at) {
    CAPTURE(at);
    auto bad = good;
    bad[at] ^= 1;
    const auto read = certificate::from_der(bad);
    CHECK(!(read && verify(*read, {p.intermediate.certificate}, {p.root.certificate})));
  }
}

TEST_CASE("more intermediates than the cap are refused unread") {
  const pki p;
  const std::vector<certificate> many(17, p.intermediate.certificate);
  CHECK(refusal(verify(p.leaf.certificate, many, {p.root.certificate})) == errc::too_large);
  const std::vector<bytes> carried(18, bytes{0});
  CHECK(refusal(verify_chain(carried, std::vector{p.root.certificate}, {minted_now, {}}))
        == errc::too_large);
}
