#include "actors/enrolment_authority.hpp"
#include "shared/device/tpm_anchor.hpp"
#include "shared/device/tpm_esys.hpp"
#include "shared/files/files.hpp"
#include "tests/support/ek_vendor.hpp"
#include "tests/support/swtpm.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace troth;
using testing::ek_vendor;

namespace {

struct enrolment_fixture {
  testing::temporary_folder folder;
  ek_vendor vendor;
  time_point now = ek_vendor::now;
  crypto::private_key ca_key = *crypto::private_key::generate(crypto::key_kind::p256);
  crypto::certificate ca = *crypto::self_sign(ca_content(), ca_key);
  std::vector<crypto::certificate> vendors = vendor.certificates();

  static crypto::certificate_content ca_content() {
    auto out = ek_vendor::ca_content("AK CA");
    out.not_after = ek_vendor::now + 400 * ek_vendor::day;
    return out;
  }

  actors::enrolment_authority authority() {
    return {{vendors, {ca}, ca_key},
            actors::enrolment_registry{folder.path()},
            {[this] { return now; }, [](std::size_t n) { return bytes(n, 0x17); }}};
  }

  static testing::tpm_public attestation_key() {
    return ek_vendor::area_of(crypto::private_key::generate(crypto::key_kind::p256)->public_half());
  }

  static protocol::enrol_request request_for(const ek_vendor::endorsement_key& ek,
                                             const testing::tpm_public& ak,
                                             const std::string& name = "machine") {
    return {name, protocol::to_blob(ek.certificate.der()), protocol::to_blob(ek.area.marshalled()),
            protocol::to_blob(ak.marshalled())};
  }
};

errc code_of(const auto& failed) {
  REQUIRE(!failed);
  return failed.error().code;
}

} // namespace

TEST_SUITE_BEGIN("actors/enrolment");

TEST_CASE_FIXTURE(enrolment_fixture,
                  "a genuine TPM gets an answer, and the answer hides the certificate") {
  const auto answer = authority().enrol(request_for(vendor.make(), attestation_key()));
  REQUIRE(answer);
  CHECK(answer->credential_blob.size() > 2);
  CHECK(answer->encrypted_secret.size() > 2);
  CHECK(answer->sealed_certificates.find("CERTIFICATE") == protocol::blob::npos);
  CHECK(answer->credential_blob.find(std::string(32, 0x17)) == protocol::blob::npos);
}

TEST_CASE_FIXTURE(enrolment_fixture, "no key is certified for a TPM of an unknown vendor") {
  const auto request = request_for(ek_vendor{}.make(), attestation_key());
  CHECK(code_of(authority().enrol(request)) == errc::untrusted);
  vendors.clear();
  CHECK(code_of(authority().enrol(request_for(vendor.make(), attestation_key())))
        == errc::untrusted);
}

TEST_CASE_FIXTURE(enrolment_fixture,
                  "no key is certified for an expired EK certificate or another EK than its") {
  auto ek = vendor.make();
  now += 11 * ek_vendor::day;
  CHECK(code_of(authority().enrol(request_for(ek, attestation_key()))) == errc::expired);
  now = ek_vendor::now;
  ek.area = vendor.make().area;
  CHECK(code_of(authority().enrol(request_for(ek, attestation_key()))) == errc::malformed);
}

TEST_CASE_FIXTURE(enrolment_fixture,
                  "no key is certified that signs what it is told, or could leave") {
  for (const auto bit : {1, 4, 5, 16, 17, 18}) { // fixedTPM ... restricted, decrypt, sign
    auto ak = attestation_key();
    ak.attributes ^= 1U << bit;
    const auto answer = authority().enrol(request_for(vendor.make(), ak));
    CHECK_MESSAGE(code_of(answer) == errc::malformed, bit);
    CHECK(answer.error().where.starts_with("ak: expected "));
  }
}

TEST_CASE_FIXTURE(enrolment_fixture,
                  "bytes that are no keys and no certificate are refused by what they are") {
  const auto good = request_for(vendor.make(), attestation_key());
  auto request = good;
  request.ek_certificate = "x";
  CHECK(authority().enrol(request).error().where.starts_with("ek certificate: "));
  request = good;
  request.ek_public.pop_back();
  CHECK(code_of(authority().enrol(request)) == errc::truncated);
  request = good;
  request.ak_public.push_back('x');
  CHECK(code_of(authority().enrol(request)) == errc::trailing);
}

TEST_CASE_FIXTURE(enrolment_fixture, "a name is a host's, and fits into a subject") {
  const auto ek = vendor.make();
  for (const auto* name : {"", ".", "..", "-a", "a/b", "../x", "a b", "A", "a\n", "\xc3\xa4"})
    CHECK(code_of(authority().enrol(request_for(ek, attestation_key(), name))) == errc::malformed);
  CHECK(code_of(authority().enrol(request_for(ek, attestation_key(), std::string(58, 'a'))))
        == errc::malformed);
  CHECK(authority().enrol(request_for(ek, attestation_key(), std::string(57, 'a'))));
}

TEST_CASE_FIXTURE(enrolment_fixture,
                  "a name is one TPM's and a TPM has one name, also after a restart") {
  const auto first = vendor.make();
  const auto second = vendor.make();
  CHECK(authority().enrol(request_for(first, attestation_key(), "a")));
  CHECK(authority().enrol(
    request_for(first, attestation_key(), "a"))); // a new key: as often as it likes
  CHECK(code_of(authority().enrol(request_for(second, attestation_key(), "a"))) == errc::conflict);
  CHECK(code_of(authority().enrol(request_for(first, attestation_key(), "b"))) == errc::conflict);
  CHECK(authority().enrol(request_for(second, attestation_key(), "b")));
}

TEST_CASE_FIXTURE(enrolment_fixture, "a registry that cannot be written certifies nothing") {
  REQUIRE(files::write(folder.path() / "keys", to_bytes("a file"), files::access::owner));
  CHECK(!authority().enrol(request_for(vendor.make(), attestation_key())));
}

TEST_CASE_FIXTURE(enrolment_fixture, "a TPM opens what was made for its key, and then attests"
                                       * doctest::skip(!testing::swtpm::is_installed())) {
  device::quiet_tpm_library();
  const testing::swtpm software_tpm;
  const auto roots = files::read(software_tpm.ek_roots(), 100'000);
  REQUIRE(roots);
  vendors = *crypto::certificate::from_pem(to_text(*roots));
  now = std::chrono::system_clock::now();
  auto content = ca_content();
  content.not_before = now - ek_vendor::day;
  content.not_after = now + 400 * ek_vendor::day;
  ca = *crypto::self_sign(content, ca_key);

  for (const auto algorithm : {device::key_algorithm::ecc_p256, device::key_algorithm::rsa_2048}) {
    const auto state = folder.path() / "driver";
    const auto make_anchor = [&] {
      return *device::make_tpm_anchor(
        {algorithm, {hash_algorithm::sha256, {0, 1, 10}}, state},
        {[&] { return device::open_tpm(software_tpm.tcti()); },
         [] { return result<device::measurement_logs>{device::measurement_logs{}}; },
         [this] { return now; }, [](const std::string&) {}});
    };
    auto anchor = make_anchor();
    const auto wanted = anchor->wanted_certification(device::renewal::when_due);
    REQUIRE(wanted);
    REQUIRE(*wanted);
    const auto answer = authority().enrol({"machine", protocol::to_blob((*wanted)->ek_certificate),
                                           protocol::to_blob((*wanted)->ek_public),
                                           protocol::to_blob((*wanted)->ak_public)});
    REQUIRE_MESSAGE(answer, answer.error().where);
    const device::certification certification{protocol::to_bytes(answer->credential_blob),
                                              protocol::to_bytes(answer->encrypted_secret),
                                              protocol::to_bytes(answer->sealed_certificates)};
    REQUIRE(anchor->certify(certification));
    const auto collateral = anchor->collateral();
    REQUIRE(collateral);
    REQUIRE(collateral->certificates.size() == 2);
    const auto certificate = crypto::certificate::from_der(collateral->certificates[0]);
    REQUIRE(certificate);
    CHECK(certificate->subject_common_name() == "machine TPM AK");
    CHECK(certificate->extended_key_usages() == std::vector{std::string{crypto::eku::tpm_ak}});
    CHECK(crypto::verify_chain(*certificate, {}, std::vector{ca}, {now, crypto::eku::tpm_ak}));
    CHECK(anchor->evidence(bytes(32, 1)));

    // Another key of the same TPM cannot open it.
    std::filesystem::remove_all(state);
    anchor = make_anchor();
    REQUIRE(anchor->wanted_certification(device::renewal::when_due));
    CHECK(code_of(anchor->certify(certification)) == errc::conflict);
  }
}

TEST_SUITE_END();
