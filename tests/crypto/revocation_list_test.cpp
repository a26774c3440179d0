#include "shared/crypto/revocation_list.hpp"

#include "shared/base/hex.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::crypto;
using namespace troth::testing;

namespace {

const identity& ca() {
  static const auto one = mint_root(ca_content("CA"));
  return one;
}

revocation_content content(std::vector<bytes> serials = {}) {
  revocation_content out;
  out.serials = std::move(serials);
  out.this_update = minted_from;
  out.next_update = minted_until;
  return out;
}

revocation_list list(const revocation_content& of, const identity& by = ca()) {
  return minted(
    revocation_list::from_der(minted(issue_revocation_list(of, by.certificate, by.key))));
}

} // namespace

TEST_SUITE_BEGIN("crypto/revocation_list");

TEST_CASE("a list names the certificates that were taken back, and no other") {
  const auto revoked = mint(leaf_content("revoked"), ca()).certificate;
  const auto good = mint(leaf_content("good"), ca()).certificate;
  const auto read = list(content({*from_hex(revoked.serial()), {0x01}}));
  CHECK(read.verify(ca().certificate, minted_now));
  CHECK(read.names(revoked));
  CHECK_FALSE(read.names(good));
  CHECK(read.issuer() == ca().certificate.subject());
  CHECK(read.this_update() == minted_from);
  CHECK(read.next_update() == minted_until);
}

TEST_CASE("a list of somebody else is refused") {
  const auto other = mint_root(ca_content("other"));
  const auto namesake = mint_root(ca_content("CA"));
  CHECK(refusal(list(content()).verify(other.certificate, minted_now)) == errc::untrusted);
  CHECK(refusal(list(content()).verify(namesake.certificate, minted_now)) == errc::bad_signature);
}

TEST_CASE("a list of a CA that may not sign lists is refused") {
  auto no_lists = ca_content("CA");
  no_lists.key_usages = {key_usage::certificate_sign};
  const auto by = mint_root(no_lists);
  CHECK(refusal(list(content(), by).verify(by.certificate, minted_now)) == errc::untrusted);
}

TEST_CASE("a list is refused before its first and from its last instant on") {
  const auto read = list(content());
  CHECK(read.verify(ca().certificate, minted_from));
  CHECK(refusal(read.verify(ca().certificate, minted_from - std::chrono::seconds{1}))
        == errc::expired);
  CHECK(refusal(read.verify(ca().certificate, minted_until)) == errc::expired);
}

TEST_CASE("a list that is cut, longer, or changed is refused") {
  const auto good = list(content()).der();
  CHECK(refusal(revocation_list::from_der(byte_view{good}.first(good.size() - 1)))
        == errc::malformed);
  auto longer = good;
  longer.push_back(0);
  CHECK(refusal(revocation_list::from_der(longer)) == errc::trailing);
  CHECK(refusal(revocation_list::from_der(bytes(1024 * 1024 + 1))) == errc::too_large);
  auto changed = good;
  changed.back() ^= 1;
  const auto read = revocation_list::from_der(changed);
  if (read)
    CHECK(refusal(read->verify(ca().certificate, minted_now)) == errc::bad_signature);
}

TEST_CASE("certificates and lists are signed as asked for") {
  const auto rsa = mint_root(ca_content("RSA"), key_kind::rsa2048);
  for (const auto scheme : {signature_scheme::rsapss, signature_scheme::rsassa}) {
    auto leaf = leaf_content("leaf");
    leaf.signed_with = {scheme, hash_algorithm::sha384};
    CHECK(mint(leaf, rsa).certificate.verify_signature(rsa.certificate.key()));
    auto of = content();
    of.signed_with = leaf.signed_with;
    CHECK(list(of, rsa).verify(rsa.certificate, minted_now));
  }
  auto wrong = leaf_content("leaf");
  wrong.signed_with = {signature_scheme::ecdsa, hash_algorithm::sha256};
  CHECK(refusal(issue(wrong, rsa.key.public_half(), rsa.certificate, rsa.key))
        == errc::unsupported);
}

TEST_SUITE_END();
