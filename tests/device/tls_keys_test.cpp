#include "shared/crypto/hash.hpp"
#include "shared/device/tpm_esys.hpp"
#include "shared/endorsement/attestation_key.hpp"
#include "shared/evidence/tpm/certification.hpp"
#include "shared/evidence/tpm/signature.hpp"
#include "tests/support/command_log.hpp"
#include "tests/support/swtpm.hpp"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

using namespace troth;
using crypto::key_kind;

namespace {

constexpr auto every_kind = {key_kind::p256, key_kind::p384, key_kind::rsa2048, key_kind::rsa3072};

/// One software TPM for all cases: each opens it anew.
testing::swtpm& software_tpm() {
  static testing::swtpm one;
  return one;
}

/// Returns a connection, with an attestation key loaded as an anchor has it.
std::unique_ptr<device::tpm> open(const std::string& prefix = {}) {
  device::quiet_tpm_library();
  auto opened = device::open_tpm(prefix + software_tpm().tcti());
  REQUIRE_MESSAGE(opened, opened.error().where);
  auto out = *std::move(opened);
  const auto key = out->create_key(device::key_algorithm::ecc_p256);
  REQUIRE(key);
  REQUIRE(out->load_key(*key));
  return out;
}

device::key_blob make_key(device::tpm& at, key_kind kind) {
  auto made = at.create_tls_key(kind);
  REQUIRE_MESSAGE(made, made.error().where);
  return *std::move(made);
}

crypto::public_key half_of(const device::key_blob& key) {
  return *endorsement::to_public_key(*evidence::tpm::parse_public_area(key.public_area));
}

/// Verifies as a peer of TLS 1.3 does: an RSA signature's salt is as long as its digest.
bool is_good(const crypto::public_key& key, const digest& of, const bytes& signature) {
  const auto spki = key.der();
  const auto* at = spki.data();
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> half{
    d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())), EVP_PKEY_free};
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context{
    EVP_PKEY_CTX_new(half.get(), nullptr), EVP_PKEY_CTX_free};
  const auto* md = EVP_get_digestbyname(std::string{name(of.algorithm())}.c_str());
  if (EVP_PKEY_verify_init(context.get()) != 1
      || EVP_PKEY_CTX_set_signature_md(context.get(), md) != 1)
    return false;
  if (EVP_PKEY_get_base_id(half.get()) == EVP_PKEY_RSA
      && (EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) != 1
          || EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) != 1))
    return false;
  const auto sum = of.view();
  return EVP_PKEY_verify(context.get(), signature.data(), signature.size(), sum.data(), sum.size())
         == 1;
}

const digest something = crypto::hash(hash_algorithm::sha256, to_bytes("something"));

errc code_of(const auto& failed) {
  REQUIRE(!failed);
  return failed.error().code;
}

} // namespace

TEST_SUITE_BEGIN("device/tls_keys" * doctest::skip(!testing::swtpm::is_installed()));

TEST_CASE("a signature of each kind of key, over each hash, verifies as TLS 1.3 has it") {
  const auto tpm = open();
  for (const auto kind : every_kind) {
    const auto key = make_key(*tpm, kind);
    const auto half = half_of(key);
    CHECK(half.kind() == kind);
    for (const auto hash :
         {hash_algorithm::sha256, hash_algorithm::sha384, hash_algorithm::sha512}) {
      const auto what = crypto::hash(hash, to_bytes("a handshake"));
      const auto signature = tpm->sign(key, what);
      REQUIRE_MESSAGE(signature, signature.error().where);
      CHECK(is_good(half, what, *signature));
      CHECK_FALSE(is_good(half, crypto::hash(hash, to_bytes("another")), *signature));
    }
  }
}

TEST_CASE("a TLS key is made in the TPM, cannot leave it, and signs what it is given") {
  const auto tpm = open();
  for (const auto kind : every_kind) {
    const auto area = evidence::tpm::parse_public_area(make_key(*tpm, kind).public_area);
    REQUIRE(area);
    const auto& has = area->attributes;
    CHECK(has.fixed_tpm);
    CHECK(has.fixed_parent);
    CHECK(has.sensitive_data_origin);
    CHECK(has.user_with_auth);
    CHECK(has.no_da);
    CHECK(has.sign);
    CHECK_FALSE(has.restricted);
    CHECK_FALSE(has.admin_with_policy);
    const auto is_rsa = kind == key_kind::rsa2048 || kind == key_kind::rsa3072;
    CHECK(has.decrypt == is_rsa); // or its salt would be of the wrong length
  }
  CHECK(code_of(tpm->create_tls_key(key_kind::p521)) == errc::unsupported);
  CHECK(code_of(tpm->create_tls_key(key_kind::ed25519)) == errc::unsupported);
}

TEST_CASE("the attestation key says that a key is in its TPM, over the nonce") {
  const auto tpm = open();
  const auto attestation_key = tpm->create_key(device::key_algorithm::rsa_2048);
  REQUIRE(attestation_key);
  REQUIRE(tpm->load_key(*attestation_key));
  for (const auto kind : every_kind) {
    const auto key = make_key(*tpm, kind);
    const auto said = tpm->certify_tls_key(key, bytes(32, 0x5a));
    REQUIRE_MESSAGE(said, said.error().where);
    const auto read = evidence::tpm::parse_certification(said->attest);
    REQUIRE(read);
    CHECK(read->extra_data == bytes(32, 0x5a));
    const auto area = *evidence::tpm::parse_public_area(key.public_area);
    CHECK(read->name == endorsement::name_of(area));
    const auto signature = evidence::tpm::parse_signature(said->signature);
    REQUIRE(signature);
    CHECK(
      half_of(*attestation_key)
        .verify({signature_scheme::rsassa, hash_algorithm::sha256}, said->attest, signature->rsa));
  }
}

TEST_CASE("without an attestation key nothing is said of a key, and it signs all the same") {
  const auto opened = device::open_tpm(software_tpm().tcti());
  REQUIRE(opened);
  const auto key = make_key(**opened, key_kind::p256);
  CHECK(code_of((*opened)->certify_tls_key(key, bytes(32))) == errc::missing);
  CHECK((*opened)->sign(key, something));
}

TEST_CASE("a second signature is one command, and so is one of a key that had to be loaded again") {
  testing::command_log commands;
  const auto tpm = open(commands.tcti_prefix());
  for (const auto kind : every_kind) {
    const auto key = make_key(*tpm, kind);
    REQUIRE(tpm->sign(key, something));
    const auto before = commands.count();
    REQUIRE(tpm->sign(key, something));
    CHECK(commands.count() == before + 1);
  }
}

TEST_CASE("two keys stay loaded beside the attestation key, and further ones give way in turn") {
  testing::command_log commands;
  const auto tpm = open(commands.tcti_prefix());
  std::vector<device::key_blob> keys;
  for (const auto kind : {key_kind::p256, key_kind::p384, key_kind::rsa2048, key_kind::p256})
    keys.push_back(make_key(*tpm, kind));
  for (int round = 0; round < 3; ++round)
    for (const auto& key : keys) {
      const auto signature = tpm->sign(key, something);
      REQUIRE_MESSAGE(signature, signature.error().where);
      CHECK(is_good(half_of(key), something, *signature));
    }
  const auto before = commands.count();
  for (int round = 0; round < 3; ++round)
    for (const auto at : {2U, 3U})
      CHECK(tpm->sign(keys[at], something));
  CHECK(commands.count() == before + 6);
  CHECK(tpm->sign(keys[0], something)); // flush, load the context, sign
  CHECK(commands.count() == before + 9);
  CHECK(tpm->quote(bytes(8), {hash_algorithm::sha256, {0}}));
}

TEST_CASE("what needs room of its own finds it, however many keys are loaded") {
  const auto tpm = open();
  const auto one = make_key(*tpm, key_kind::p256);
  const auto two = make_key(*tpm, key_kind::p256);
  for (int round = 0; round < 2; ++round) {
    REQUIRE(tpm->sign(one, something));
    REQUIRE(tpm->sign(two, something));
    CHECK(tpm->endorsement());
    REQUIRE(tpm->sign(one, something));
    REQUIRE(tpm->sign(two, something));
    const auto key = tpm->create_key(device::key_algorithm::ecc_p256);
    REQUIRE_MESSAGE(key, key.error().where);
    CHECK(tpm->load_key(*key));
  }
}

TEST_CASE("a key is used by a later connection, also after the TPM was off") {
  const auto key = make_key(*open(), key_kind::rsa2048);
  auto tpm = open();
  REQUIRE(tpm->sign(key, something));
  software_tpm().power_off();
  CHECK(code_of(tpm->sign(key, something)) == errc::io);
  software_tpm().power_on();
  tpm = open();
  const auto signature = tpm->sign(key, something);
  REQUIRE(signature);
  CHECK(is_good(half_of(key), something, *signature));
}

TEST_CASE("a changed key, and one of another TPM, is a conflict") {
  const auto tpm = open();
  const auto key = make_key(*tpm, key_kind::p256);
  auto changed = key;
  changed.private_area.back() ^= 1;
  CHECK(code_of(tpm->sign(changed, something)) == errc::conflict);
  CHECK(code_of(tpm->certify_tls_key(changed, bytes(32))) == errc::conflict);
  changed = key;
  changed.public_area.push_back(0);
  CHECK(code_of(tpm->sign(changed, something)) == errc::trailing);
  changed = key;
  changed.private_area.resize(8192);
  CHECK(code_of(tpm->sign(changed, something)) == errc::too_large);
  CHECK(code_of(tpm->certify_tls_key(key, bytes(80))) == errc::too_large);
  testing::swtpm other;
  const auto there = device::open_tpm(other.tcti());
  REQUIRE(there);
  CHECK(code_of((*there)->sign(key, something)) == errc::conflict);
}

TEST_SUITE_END();
