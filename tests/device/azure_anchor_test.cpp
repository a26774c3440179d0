#include "shared/device/azure_anchor.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/device/tpm_anchor.hpp"
#include "shared/device/tpm_esys.hpp"
#include "shared/evidence/azure/encode.hpp"
#include "shared/evidence/snp/report.hpp"
#include "shared/evidence/tdx/quote.hpp"
#include "shared/evidence/tpm/quote.hpp"
#include "shared/evidence/tpm/signature.hpp"
#include "shared/files/files.hpp"
#include "shared/report/azure_evidence.hpp"
#include "tests/support/fake_tpm.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/swtpm.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/vectors.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troth;
using namespace troth::testing;
using namespace troth::device;
using evidence::azure::hardware;

namespace {

constexpr auto bank = hash_algorithm::sha256;

template <class T>
errc refusal(const result<T>& of) {
  REQUIRE_FALSE(of);
  return of.error().code;
}

/// What a paravisor writes that answers `user_data`, on hardware that is nobody's.
bytes hcl_report_of(byte_view user_data) {
  const auto claims
    = R"({"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":"AQAB"}],"user-data":")"
      + hex(user_data) + "\"}";
  return evidence::azure::write_hcl_report(
    bytes(32, 7), evidence::azure::write_runtime_data(hardware::snp, claims));
}

/// A machine whose TPM is no TPM, and whose paravisor answers when the test lets it.
struct fake_machine {
  fake_tpm_state state;
  int waited = 0;
  int answers_after = 0; ///< So many waits; below zero: never.

  tpm_opener opener() {
    return [this] {
      return result<std::unique_ptr<tpm>>{std::unique_ptr<tpm>{std::make_unique<fake_tpm>(state)}};
    };
  }

  std::unique_ptr<paravisor> asked() {
    return make_paravisor({opener(), [](byte_view) { return result<bytes>{bytes{1}}; },
                           [this] {
                             if (++waited == answers_after)
                               state.nv[hcl_report_index]
                                 = hcl_report_of(state.nv.at(user_data_index));
                           }});
  }
};

/// A simulated machine on a software TPM, as a driver has it: hardware, then TPM.
struct simulated_machine {
  explicit simulated_machine(const swtpm& on, hardware below) {
    const auto open = share_tpm([tcti = on.tcti()] { return open_tpm(tcti); });
    auto made = minted(make_simulated_paravisor(
      below, open, [] {}, folder.path(), minted_now));
    azure_endorsements vouched_by;
    vouched_by.snp = made.certificates;
    vouched_by.intel = [said = made.collateral] { return result<report::intel_collateral>{said}; };
    of_hardware = make_azure_anchor(std::move(made.itself), std::move(vouched_by));
    tpm_choices chosen;
    chosen.pcrs = {bank, {0, 7}};
    chosen.kept = {azure_key_handle, azure_key_certificate_index};
    chosen.evidence_type = report::azure_tpm_evidence;
    of_tpm = minted(make_tpm_anchor(chosen, {open, [] { return measurement_logs{}; },
                                             [] { return minted_now; }, [](const auto&) {}}));
  }

  temporary_folder folder;
  std::unique_ptr<anchor> of_hardware;
  std::unique_ptr<anchor> of_tpm;
};

} // namespace

TEST_SUITE_BEGIN("device/azure_anchor");

TEST_CASE("a paravisor's report counts when it answers, however long that takes") {
  for (const int waits : {1, 5}) {
    fake_machine machine;
    machine.state.nv[hcl_report_index] = hcl_report_of(bytes(64, 1));
    machine.answers_after = waits;
    const auto report = machine.asked()->report(bytes(64, 0x5a));
    REQUIRE(report);
    CHECK(*report == hcl_report_of(bytes(64, 0x5a)));
    CHECK(machine.waited == waits);
    CHECK(machine.state.nv.at(user_data_index) == bytes(64, 0x5a));
  }
}

TEST_CASE("a paravisor that goes on to answer something else is not waited for forever") {
  fake_machine machine;
  machine.state.nv[hcl_report_index] = hcl_report_of(bytes(64, 1));
  machine.answers_after = -1;
  CHECK(refusal(machine.asked()->report(bytes(64, 0x5a))) == errc::timeout);
}

TEST_CASE("what is no machine on Azure says so") {
  fake_machine machine;
  CHECK(refusal(machine.asked()->report(bytes(64))) == errc::not_found);
  CHECK(machine.state.nv.empty());
  machine.state.nv[hcl_report_index] = to_bytes("HCLB");
  CHECK(refusal(machine.asked()->report(bytes(64))) == errc::malformed);
  machine.state.is_on = false;
  CHECK(refusal(machine.asked()->report(bytes(64))) == errc::io);
}

TEST_CASE(
  "the hardware's evidence is its report and the paravisor's claims, which have the nonce") {
  fake_machine machine;
  machine.state.nv[hcl_report_index] = hcl_report_of(bytes(64));
  machine.answers_after = 1;
  const auto anchor = make_azure_anchor(machine.asked(), {}, endorsements::left_out);
  CHECK(refusal(anchor->evidence({})) == errc::malformed);
  CHECK(refusal(anchor->evidence(bytes(65))) == errc::malformed);
  const auto collateral = anchor->collateral();
  REQUIRE(collateral);
  CHECK(collateral->type == report::azure_snp_evidence);
  CHECK(collateral->certificates.empty());
  const auto evidence = anchor->evidence(bytes(32, 0x5a));
  REQUIRE(evidence);
  CHECK(evidence->type == report::azure_snp_evidence);
  CHECK(evidence->body.size() == evidence::azure::hardware_report_size);
  const auto claims = minted(evidence::azure::parse_runtime_data(evidence->additional));
  auto expected = bytes(32, 0x5a);
  expected.resize(64);
  CHECK(std::ranges::equal(claims.user_data, expected));
}

TEST_CASE("hardware that nobody vouches for has no collateral") {
  fake_machine machine;
  machine.state.nv[hcl_report_index] = hcl_report_of(bytes(64));
  const auto anchor = make_azure_anchor(machine.asked(), {});
  CHECK(refusal(anchor->collateral()) == errc::no_endorsement);
  CHECK(refusal(anchor->check()) == errc::no_endorsement);
  CHECK_FALSE(minted(anchor->wanted_certification(renewal::now)));
}

TEST_CASE("a recorded machine plays what its folder holds, whatever it is asked") {
  const auto recorded = read_vector("tpm/azure-snp-milan-vtpm-v0/hcl_report.bin");
  if (!recorded) {
    skip_without_vectors(1);
    return;
  }
  const temporary_folder folder;
  const auto anchor = make_azure_anchor(make_recorded_paravisor(folder.path()), {},
                                        endorsements::left_out);
  CHECK(refusal(anchor->evidence(bytes(32))) == errc::not_found);
  REQUIRE(files::write(folder.path() / "hcl_report.bin", *recorded, files::access::everyone));
  const auto evidence = anchor->evidence(bytes(32));
  REQUIRE(evidence);
  CHECK(evidence->type == report::azure_snp_evidence);
  CHECK(evidence::snp::parse_report(evidence->body));
}

TEST_CASE("users of a shared TPM have one connection, and a new one once that was lost") {
  fake_machine machine;
  const auto open = share_tpm(machine.opener());
  auto first = minted(open());
  auto second = minted(open());
  CHECK(machine.state.opened == 1);
  REQUIRE(first->write_nv(1, bytes{2}));
  CHECK(minted(second->read_nv(1)) == bytes{2});
  CHECK(refusal(first->read_nv(9)) == errc::not_found); // no reason to part
  (void)minted(open());
  CHECK(machine.state.opened == 1);
  machine.state.is_on = false;
  CHECK(refusal(first->read_nv(1)) == errc::io);
  machine.state.is_on = true;
  first = minted(open());
  CHECK(machine.state.opened == 2);
  second = minted(open());
  CHECK(machine.state.opened == 2);
  first.reset();
  second.reset();
  (void)minted(open());
  CHECK(machine.state.opened == 3);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("device/azure_anchor, software TPM" * doctest::skip(!swtpm::is_installed()));

TEST_CASE("a simulated machine's hardware vouches for the key that its TPM quotes with") {
  quiet_tpm_library();
  for (const auto below : {hardware::snp, hardware::tdx}) {
    const auto is_tdx = below == hardware::tdx;
    const swtpm on;
    const simulated_machine machine{on, below};
    const bytes nonce(32, 0x5a);
    const auto beside = minted(machine.of_hardware->collateral());
    CHECK(beside.certificates.size() == (is_tdx ? 0 : 3));
    CHECK(beside.artifacts.size() == (is_tdx ? 1 : 0));
    const auto hardware_says = minted(machine.of_hardware->evidence(nonce));
    const auto type = is_tdx ? report::azure_tdx_evidence : report::azure_snp_evidence;
    CHECK(beside.type == type);
    CHECK(hardware_says.type == type);
    const auto claims = minted(evidence::azure::parse_runtime_data(hardware_says.additional));
    CHECK(std::ranges::equal(byte_view{claims.user_data}.first(32), nonce));
    const auto sum = crypto::hash(bank, claims.signed_bytes);
    const auto data = is_tdx
                        ? minted(evidence::tdx::parse_quote(hardware_says.body)).body.report_data
                        : minted(evidence::snp::parse_report(hardware_says.body)).report_data;
    CHECK(std::ranges::equal(byte_view{data}.first(32), sum.view()));

    CHECK(machine.of_tpm->check());
    CHECK_FALSE(minted(machine.of_tpm->wanted_certification(renewal::now)));
    CHECK(minted(machine.of_tpm->collateral()).type == report::azure_tpm_evidence);
    const auto tpm_says = minted(machine.of_tpm->evidence(nonce));
    CHECK(tpm_says.type == report::azure_tpm_evidence);
    const auto key = minted(crypto::public_key::from_rsa(claims.ak_modulus, claims.ak_exponent));
    const auto signature = minted(evidence::tpm::parse_signature(tpm_says.signature));
    CHECK(key.verify(signature.algorithm, tpm_says.body, signature.rsa));
    CHECK(minted(evidence::tpm::parse_quote(tpm_says.body)).extra_data == nonce);
  }
}

TEST_SUITE_END();
