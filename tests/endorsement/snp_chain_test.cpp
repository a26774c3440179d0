#include "shared/endorsement/snp_chain.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "tests/support/snp_vendor.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace troth;
using namespace troth::testing;
using namespace troth::endorsement;
using evidence::snp::product_line;

namespace {

using certificates = std::vector<crypto::certificate>;

const device::simulated_amd& milan = snp_vendor(product_line::milan);

template <class T>
errc refusal(const result<T>& of) {
  REQUIRE_FALSE(of);
  return of.error().code;
}

certificates authorities(const device::simulated_amd& of) {
  return {of.ask.certificate, of.asvk.certificate};
}

result<certificates> verify(const crypto::certificate& vek, time_point at = minted_now) {
  return verify_vek_chain(vek, authorities(milan), certificates{milan.ark.certificate}, at);
}

/// A VEK certificate as usual but for what `change` does to it, from one of the authorities.
crypto::certificate vek_with(const device::simulated_key& by, auto change) {
  const snp_chip chip;
  auto content = device::simulated_vek_content(chip.extensions, chip.line, minted_from,
                                               minted_until);
  change(content);
  const auto key = minted(crypto::private_key::generate(crypto::key_kind::p384));
  return minted(crypto::issue(content, key.public_half(), by.certificate, by.key));
}

} // namespace

TEST_SUITE_BEGIN("endorsement/snp_chain");

TEST_CASE("VCEKs chain over the ASK and VLEKs over the ASVK, to the ARK") {
  snp_chip chip;
  const auto of_chip = verify(chip.vek().certificate);
  REQUIRE(of_chip);
  CHECK(of_chip->at(1).subject_common_name() == "SEV-Milan");
  CHECK(product_of_root(of_chip->at(2)) == product_line::milan);
  const auto of_provider = verify(chip.use_vlek().vek().certificate);
  REQUIRE(of_provider);
  CHECK(of_provider->at(1).subject_common_name() == "SEV-VLEK-Milan");
}

TEST_CASE("a chain to a root of the same name with another key is refused") {
  const auto fake
    = minted(device::simulated_amd::make(product_line::milan, minted_from, minted_until));
  const snp_chip chip;
  const auto vek = minted(fake.make_vek(chip.extensions, minted_from, minted_until));
  CHECK(refusal(verify_vek_chain(vek.certificate, authorities(fake),
                                 certificates{milan.ark.certificate}, minted_now))
        == errc::untrusted);
}

TEST_CASE("the ASK of another product line leads nowhere") {
  const auto& genoa = snp_vendor(product_line::genoa);
  const snp_chip chip;
  CHECK(refusal(verify_vek_chain(chip.vek().certificate, authorities(genoa),
                                 certificates{milan.ark.certificate}, minted_now))
        == errc::untrusted);
}

TEST_CASE("a VCEK from the ASVK is refused, and a VLEK from the ASK") {
  CHECK(refusal(verify(vek_with(milan.asvk, [](auto&) {}))) == errc::untrusted);
  const auto vlek = vek_with(milan.ask, [](auto& content) {
    snp_chip chip;
    content = device::simulated_vek_content(chip.use_vlek().extensions, chip.line, minted_from,
                                            minted_until);
  });
  CHECK(refusal(verify(vlek)) == errc::untrusted);
}

TEST_CASE("a VEK that the ARK issued itself is refused, and one that is a CA") {
  CHECK(refusal(verify(vek_with(milan.ark, [](auto&) {}))) == errc::untrusted);
  CHECK(refusal(verify(vek_with(milan.ask,
                                [](auto& content) {
                                  content.ca.emplace();
                                  content.key_usages = {crypto::key_usage::certificate_sign};
                                })))
        == errc::untrusted);
}

TEST_CASE("a signature that is not RSASSA-PSS with SHA-384 is refused") {
  for (const signature_algorithm other :
       {signature_algorithm{signature_scheme::rsapss, hash_algorithm::sha256},
        {signature_scheme::rsassa, hash_algorithm::sha384}})
    CHECK(refusal(verify(vek_with(milan.ask, [&](auto& content) { content.signed_with = other; })))
          == errc::weak);
}

TEST_CASE("a chain is refused before and after its time") {
  const snp_chip chip;
  const auto vek = chip.vek().certificate;
  CHECK(refusal(verify(vek, minted_from - std::chrono::seconds{1})) == errc::expired);
  CHECK(refusal(verify(vek, minted_until + std::chrono::seconds{1})) == errc::expired);
}

TEST_CASE("a certificate that is no VEK is refused") {
  CHECK(refusal(verify(milan.ask.certificate)) == errc::missing);
}

TEST_CASE("of what a host carries, only a root with a pinned key counts") {
  const auto pin = crypto::hash(hash_algorithm::sha256, milan.ark.certificate.key().der());
  const certificates carried{milan.ask.certificate, milan.ark.certificate};
  const auto found = pinned_roots(carried, std::vector{pin});
  REQUIRE(found.size() == 1);
  CHECK(found.front().der() == milan.ark.certificate.der());
  CHECK(pinned_roots(carried, {}).empty());
  CHECK(pinned_roots(carried, amd_root_keys()).empty());
  // The right key, in a certificate that somebody else made for it.
  const auto other = mint_root(ca_content("ARK-Milan"));
  auto content = ca_content("ARK-Milan");
  const auto forged
    = minted(crypto::issue(content, milan.ark.key.public_half(), other.certificate, other.key));
  CHECK(pinned_roots(certificates{forged}, std::vector{pin}).empty());
}

TEST_CASE("an ASK that AMD took back is refused") {
  const snp_chip chip;
  const auto path = minted(verify(chip.vek().certificate));
  const auto list = [&](std::vector<bytes> serials, const device::simulated_key& by) {
    crypto::revocation_content content;
    content.serials = std::move(serials);
    content.this_update = minted_from;
    content.next_update = minted_until;
    content.signed_with = {signature_scheme::rsapss, hash_algorithm::sha384};
    return minted(crypto::revocation_list::from_der(
      minted(crypto::issue_revocation_list(content, by.certificate, by.key))));
  };
  const auto serial = *from_hex(path[1].serial());
  CHECK(check_revocation(path, list({}, milan.ark), minted_now));
  CHECK(check_revocation(path, list({{0x07}}, milan.ark), minted_now));
  CHECK(refusal(check_revocation(path, list({serial}, milan.ark), minted_now)) == errc::untrusted);
  CHECK(refusal(check_revocation(path, list({}, milan.asvk), minted_now)) == errc::untrusted);
  CHECK(refusal(check_revocation(path, list({}, milan.ark), minted_until)) == errc::expired);
}

TEST_SUITE_END();
