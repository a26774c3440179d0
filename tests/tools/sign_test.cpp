#include "tools/metatool/sign.hpp"

#include "shared/report/metadata.hpp"
#include "tests/support/minted.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using metatool::signature_format;

namespace {

const auto ca = mint_root(ca_content("metadata CA"));

metatool::identity signer(const crypto::certificate_content& content,
                          crypto::key_kind kind = crypto::key_kind::p256) {
  const auto made = mint(content, ca, kind);
  return *metatool::make_identity(made.key.pem(), {made.certificate.pem()});
}

metatool::identity code_signer(crypto::key_kind kind = crypto::key_kind::p256) {
  return signer(leaf_content("developer", std::string{crypto::eku::code_signing}), kind);
}

bytes payload(report::encoding as = report::encoding::json) {
  report::manifest out;
  out.info = {"os", "2026-11-24T10:00:00Z", report::validity{minted_from, minted_until}, {}};
  out.base_layers = {"os"};
  return report::write_metadata(out, as);
}

} // namespace

TEST_SUITE_BEGIN("tools/sign");

TEST_CASE("what is signed verifies under the certificate it carries") {
  using kind = crypto::key_kind;
  for (const auto key : {kind::p256, kind::p384, kind::p521, kind::rsa2048, kind::ed25519})
    for (const auto format : {signature_format::jws, signature_format::cose}) {
      CAPTURE(static_cast<int>(key));
      const std::vector signers{code_signer(key)};
      const auto made = metatool::sign(payload(), signers, format);
      REQUIRE(made);
      const auto read = report::parse_signed(*made);
      REQUIRE(read);
      CHECK(read->payload == payload());
      REQUIRE(read->signatures.size() == 1);
      const auto& signature = read->signatures[0];
      REQUIRE(signature.certificates.size() == 1);
      CHECK(signature.certificates[0] == signers[0].certificates[0].der());
      const auto leaf = crypto::certificate::from_der(signature.certificates[0]);
      CHECK(leaf->key().verify(signature.algorithm, signature.signed_bytes, signature.signature));
    }
}

TEST_CASE("several sign one item") {
  const std::vector signers{code_signer(), code_signer(crypto::key_kind::p384)};
  for (const auto format : {signature_format::jws, signature_format::cose}) {
    const auto made = metatool::sign(payload(report::encoding::cbor), signers, format);
    REQUIRE(made);
    CHECK(report::parse_signed(*made)->signatures.size() == 2);
  }
}

TEST_CASE("what is no metadata item is not signed, nor anything without a signer") {
  const std::vector signers{code_signer()};
  CHECK(!metatool::sign(to_bytes("{}"), signers, signature_format::jws));
  CHECK(!metatool::sign({}, signers, signature_format::cose));
  CHECK(metatool::sign(payload(), {}, signature_format::jws).error().code == errc::missing);
  CHECK(metatool::sign(payload(), {}, signature_format::cose).error().code == errc::missing);
}

TEST_CASE("an RSA key signs with the padding that is asked for") {
  const std::vector signers{code_signer(crypto::key_kind::rsa2048)};
  for (const auto& [padding, scheme] :
       {std::pair{metatool::rsa_padding::pkcs1, signature_scheme::rsassa},
        std::pair{metatool::rsa_padding::pss, signature_scheme::rsapss}}) {
    const auto made = metatool::sign(payload(), signers, signature_format::cose, padding);
    REQUIRE(made);
    const auto signature = report::parse_signed(*made)->signatures.at(0);
    CHECK(signature.algorithm.scheme == scheme);
    CHECK(signers[0].certificates[0].key().verify(signature.algorithm, signature.signed_bytes,
                                                  signature.signature));
  }
}

TEST_CASE("a key goes with its own certificates, the leaf first") {
  const auto one = mint(leaf_content("one"), ca);
  const auto other = mint(leaf_content("other"), ca);
  const auto made = metatool::make_identity(one.key.pem(),
                                            {one.certificate.pem(), ca.certificate.pem()});
  REQUIRE(made);
  CHECK(made->certificates.size() == 2);
  CHECK(metatool::make_identity(one.key.pem(), {one.certificate.pem() + ca.certificate.pem()})
          ->certificates.size()
        == 2);
  CHECK(metatool::make_identity(one.key.pem(), {other.certificate.pem()}).error().code
        == errc::conflict);
  CHECK(metatool::make_identity(one.key.pem(), {ca.certificate.pem(), one.certificate.pem()})
          .error()
          .code
        == errc::conflict);
  CHECK(metatool::make_identity(one.key.pem(), {}).error().code == errc::missing);
  CHECK(!metatool::make_identity("no key", {one.certificate.pem()}));
  CHECK(!metatool::make_identity(one.key.pem(), {"no certificate"}));
}

TEST_CASE("signers that verifiers refuse by default are named") {
  auto two_roles = leaf_content("two", std::string{crypto::eku::code_signing});
  two_roles.extended_key_usages.emplace_back(crypto::eku::server_auth);
  const std::vector signers{code_signer(), signer(leaf_content("none")),
                            signer(leaf_content("tls", std::string{crypto::eku::server_auth})),
                            signer(two_roles)};
  const auto unfit = metatool::unfit_signers(signers);
  REQUIRE(unfit.size() == 3);
  CHECK(unfit[0].find("CN=none") != std::string::npos);
}

TEST_SUITE_END();
