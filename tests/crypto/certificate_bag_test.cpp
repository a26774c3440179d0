#include "shared/crypto/certificate_bag.hpp"

#include "tests/support/minted.hpp"

#include <doctest/doctest.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <memory>
#include <set>
#include <vector>

using namespace troth;
using namespace troth::testing;

namespace {

std::set<bytes> certificates_in(const bytes& bag) {
  const auto* at = bag.data();
  const std::unique_ptr<PKCS7, void (*)(PKCS7*)> read{
    d2i_PKCS7(nullptr, &at, static_cast<long>(bag.size())), PKCS7_free};
  REQUIRE(read);
  CHECK(at == bag.data() + bag.size());
  REQUIRE(PKCS7_type_is_signed(read.get()));
  CHECK(sk_PKCS7_SIGNER_INFO_num(read->d.sign->signer_info) == 0);
  CHECK(read->d.sign->contents->d.ptr == nullptr);
  std::set<bytes> out;
  for (int i = 0; i < sk_X509_num(read->d.sign->cert); ++i) {
    unsigned char* der = nullptr;
    const auto size = i2d_X509(sk_X509_value(read->d.sign->cert, i), &der);
    out.insert(bytes{der, der + size});
    OPENSSL_free(der);
  }
  return out;
}

} // namespace

TEST_SUITE_BEGIN("crypto/certificate_bag");

TEST_CASE("a bag has the certificates that were put into it, and nothing that is signed") {
  const auto root = mint_root(ca_content("root"));
  const auto leaf = mint(leaf_content("leaf"), root);
  CHECK(certificates_in(crypto::certificate_bag(std::vector{leaf.certificate}))
        == std::set{leaf.certificate.der()});
  CHECK(certificates_in(crypto::certificate_bag(std::vector{leaf.certificate, root.certificate}))
        == std::set{leaf.certificate.der(), root.certificate.der()});
  CHECK(certificates_in(crypto::certificate_bag({})).empty());
}

TEST_SUITE_END();
