#include "shared/device/tpm_esys.hpp"

#include "shared/crypto/credential.hpp"
#include "shared/endorsement/attestation_key.hpp"
#include "shared/evidence/tpm/quote.hpp"
#include "tests/support/swtpm.hpp"

#include <doctest/doctest.h>

using namespace troth;
using device::key_algorithm;

namespace {

/// One software TPM for all cases: each opens it anew.
testing::swtpm& software_tpm() {
  static testing::swtpm one;
  return one;
}

/// Returns a connection; fails the case if there is none.
std::unique_ptr<device::tpm> open() {
  device::quiet_tpm_library();
  auto out = device::open_tpm(software_tpm().tcti());
  REQUIRE_MESSAGE(out, out.error().where);
  return *std::move(out);
}

/// Returns a connection with a fresh key loaded.
std::unique_ptr<device::tpm> open_with_key(key_algorithm algorithm = key_algorithm::ecc_p256) {
  auto out = open();
  const auto key = out->create_key(algorithm);
  REQUIRE(key);
  REQUIRE(out->load_key(*key));
  return out;
}

const device::pcr_set all_pcrs{hash_algorithm::sha256,
                               {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}};

} // namespace

TEST_SUITE_BEGIN("device/tpm_esys" * doctest::skip(!testing::swtpm::is_installed()));

TEST_CASE("the endorsement key comes with a certificate that is cut to its length") {
  const auto found = open()->endorsement();
  REQUIRE(found);
  CHECK(found->public_area.size() > 256); // RSA 2048: the first slot that has one
  REQUIRE(found->certificate.size() > 4);
  CHECK(found->certificate[2] * 256U + found->certificate[3] + 4 == found->certificate.size());
}

TEST_CASE("a quote is over the nonce, in the bank and of the registers asked for") {
  for (const auto algorithm : {key_algorithm::ecc_p256, key_algorithm::rsa_2048}) {
    const auto tpm = open_with_key(algorithm);
    const auto nonce = bytes(32, 0x5a);
    const auto quoted = tpm->quote(nonce, {hash_algorithm::sha256, {0, 10, 23}});
    REQUIRE(quoted);
    const auto quote = evidence::tpm::parse_quote(quoted->attest);
    REQUIRE(quote);
    CHECK(quote->extra_data == nonce);
    REQUIRE(quote->selections.size() == 1);
    CHECK(quote->selections[0].hash == 0x000b);
    CHECK(quote->selections[0].bitmap == bytes{0x01, 0x04, 0x80});
    CHECK(quoted->signature.size() == (algorithm == key_algorithm::ecc_p256 ? 72 : 262));
  }
}

TEST_CASE(
  "an NV index is made where there is none, written and read, whatever takes several commands") {
  const auto tpm = open();
  constexpr std::uint32_t index = 0x01400002;
  const auto none = tpm->read_nv(index);
  REQUIRE_FALSE(none);
  CHECK(none.error().code == errc::not_found);
  bytes content(1500, 7);
  content.back() = 8;
  REQUIRE(tpm->write_nv(index, content));
  CHECK(*tpm->read_nv(index) == content);
  REQUIRE(tpm->write_nv(index, bytes{1, 2}));
  content[0] = 1;
  content[1] = 2;
  CHECK(*open()->read_nv(index) == content);
  const auto more = tpm->write_nv(index, bytes(1501));
  REQUIRE_FALSE(more);
  CHECK(more.error().code == errc::too_large);
}

TEST_CASE("a key that the TPM keeps quotes without being loaded, on any connection") {
  constexpr std::uint32_t handle = 0x81000003;
  bytes area;
  {
    const auto tpm = open();
    const auto none = tpm->use_kept_key(handle);
    REQUIRE_FALSE(none);
    CHECK(none.error().code == errc::not_found);
    CHECK(tpm->keep_key(handle).error().code == errc::missing);
    const auto key = tpm->create_key(key_algorithm::rsa_2048);
    REQUIRE(key);
    REQUIRE(tpm->load_key(*key));
    REQUIRE(tpm->keep_key(handle));
    CHECK(tpm->quote(bytes(32), {hash_algorithm::sha256, {0}}));
    area = key->public_area;
  }
  const auto tpm = open();
  CHECK(*tpm->use_kept_key(handle) == area);
  CHECK(tpm->quote(bytes(32), {hash_algorithm::sha256, {0}}));
}

TEST_CASE("a nonce over what a quote can carry is refused") {
  const auto quoted = open_with_key()->quote(bytes(67, 1), {hash_algorithm::sha256, {0}});
  REQUIRE(!quoted);
  CHECK(quoted.error().code == errc::too_large);
}

TEST_CASE("a key is loaded again by a later connection, also after the TPM was off") {
  const auto key = open()->create_key(key_algorithm::ecc_p256);
  REQUIRE(key);
  CHECK(open()->load_key(*key));
  software_tpm().power_off();
  software_tpm().power_on();
  CHECK(open()->load_key(*key));
}

TEST_CASE("a changed key, and one of another TPM, is a conflict") {
  const auto tpm = open();
  auto key = tpm->create_key(key_algorithm::ecc_p256);
  REQUIRE(key);
  auto changed = *key;
  changed.private_area.back() ^= 1;
  const auto loaded = tpm->load_key(changed);
  REQUIRE(!loaded);
  CHECK(loaded.error().code == errc::conflict);
  changed = *key;
  changed.public_area.push_back(0);
  CHECK(tpm->load_key(changed).error().code == errc::malformed);

  testing::swtpm other;
  const auto there = device::open_tpm(other.tcti());
  REQUIRE(there);
  CHECK((*there)->load_key(*key).error().code == errc::conflict);
}

TEST_CASE("an extend shows in each bank's register and in no other") {
  const auto tpm = open();
  const auto banks = tpm->active_banks();
  REQUIRE(banks);
  CHECK(*banks == std::vector{hash_algorithm::sha1, hash_algorithm::sha256});
  const auto before = tpm->read_pcrs(all_pcrs);
  REQUIRE(before);
  REQUIRE(before->size() == all_pcrs.indices.size());
  auto value = digest{hash_algorithm::sha256};
  value.bytes_mut()[0] = 1;
  REQUIRE(tpm->extend(16, {digest{hash_algorithm::sha1}, value}));
  const auto after = tpm->read_pcrs(all_pcrs);
  REQUIRE(after);
  for (std::size_t i = 0; i < after->size(); ++i)
    CHECK(((*after)[i] == (*before)[i]) == (i != 16));
  const auto sha1 = tpm->read_pcrs({hash_algorithm::sha1, {16}});
  REQUIRE(sha1);
  CHECK(sha1->front() != digest{hash_algorithm::sha1});
}

TEST_CASE("a bank that is not active is not_found") {
  const auto values = open()->read_pcrs({hash_algorithm::sha384, {0}});
  REQUIRE(!values);
  CHECK(values.error().code == errc::not_found);
}

TEST_CASE("a register that no PC has is refused") {
  CHECK(open()->read_pcrs({hash_algorithm::sha256, {24}}).error().code == errc::malformed);
  CHECK(open()->extend(24, {digest{hash_algorithm::sha256}}).error().code == errc::malformed);
}

TEST_CASE("a credential is opened by the TPM and the key it was made for, and by no other") {
  const auto tpm = open();
  const auto key = tpm->create_key(key_algorithm::ecc_p256);
  const auto other = tpm->create_key(key_algorithm::ecc_p256);
  REQUIRE(key);
  REQUIRE(other);
  const auto ek = evidence::tpm::parse_public_area(tpm->endorsement().operator*().public_area);
  const auto ak = evidence::tpm::parse_public_area(key->public_area);
  REQUIRE(ek);
  REQUIRE(ak);
  const auto secret = bytes(32, 0x42);
  const auto credential = crypto::make_credential({*endorsement::to_public_key(*ek),
                                                   ek->name_algorithm, ek->symmetric.key_bits},
                                                  endorsement::name_of(*ak), secret);
  REQUIRE(credential);
  REQUIRE(tpm->load_key(*key));
  const auto opened = tpm->activate(credential->id_object, credential->encrypted_secret);
  REQUIRE_MESSAGE(opened, opened.error().where);
  CHECK(*opened == secret);

  auto changed = credential->id_object;
  changed.back() ^= 1;
  CHECK(tpm->activate(changed, credential->encrypted_secret).error().code == errc::conflict);
  REQUIRE(tpm->load_key(*other));
  CHECK(tpm->activate(credential->id_object, credential->encrypted_secret).error().code
        == errc::conflict);
}

TEST_CASE("what is no credential is refused, and no session is lost by it") {
  const auto tpm = open_with_key();
  bytes id_object(2 + 2 + 32 + 34);
  id_object[1] = 2 + 32 + 34;
  id_object[3] = 32;
  bytes secret(2 + 256, 0x11);
  secret[0] = 1;
  secret[1] = 0;
  const auto first = tpm->activate(id_object, secret);
  REQUIRE(!first);
  for (int i = 0; i < 5; ++i) // the TPM holds three sessions, and says so when it has no more
    CHECK(tpm->activate(id_object, secret).error().where == first.error().where);
  CHECK(tpm->activate(bytes{0, 9, 1}, secret).error().code == errc::malformed);
}

TEST_CASE("without a key there is no quote") {
  CHECK(open()->quote(bytes(8), {hash_algorithm::sha256, {0}}).error().code == errc::missing);
  CHECK(open()->activate(bytes(8), bytes(8)).error().code == errc::missing);
}

TEST_CASE("a TPM that is gone is io, and a new connection serves again") {
  const auto tpm = open_with_key();
  software_tpm().power_off();
  CHECK(tpm->quote(bytes(8), {hash_algorithm::sha256, {0}}).error().code == errc::io);
  CHECK(device::open_tpm(software_tpm().tcti()).error().code == errc::io);
  software_tpm().power_on();
  CHECK(open()->read_pcrs(all_pcrs));
}

TEST_SUITE_END();
