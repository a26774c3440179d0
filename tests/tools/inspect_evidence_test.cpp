#include "shared/base/base64.hpp"
#include "shared/crypto/pem_block.hpp"
#include "shared/device/simulated_intel.hpp"
#include "tests/support/snp_vendor.hpp"
#include "tests/support/vectors.hpp"
#include "tools/testtool/inspect.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::testing;

namespace {

std::string shown(byte_view input) {
  return minted(testtool::inspect(input, {}));
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_SUITE_BEGIN("tools/inspect_evidence");

TEST_CASE("an SNP report is shown with the names of its bits, as unverified") {
  snp_chip chip;
  chip.report.policy |= evidence::snp::guest_policy::debug;
  chip.report.platform_info = evidence::snp::platform_info::alias_check_complete;
  const auto text = shown(minted(device::sign_report(chip.report, chip.vek().key)));
  for (const auto* part : {"not verified", "SNP attestation report", "DEBUG", "Milan", "1.55.21",
                           "microcode 219", "ALIAS_CHECK_COMPLETE", "VCEK"})
    CHECK_MESSAGE(has(text, part), part);
}

TEST_CASE("an event log is shown event by event, in the registers that it counts") {
  for (const auto& [file, part] :
       {std::pair{"eventlog/ccel-intel-test/ccel.bin", "register 1"},
        std::pair{"tpm/linux-tpm12/eventlog.bin", "PCR 4"},
        std::pair{"eventlog/tcg-ubuntu-1804-amd-sev/eventlog.bin", "EV_SEPARATOR"}}) {
    const auto log = read_vector(file);
    if (!log) {
      skip_without_vectors(1);
      return;
    }
    CHECK_MESSAGE(has(shown(*log), part), file);
  }
}

TEST_CASE("an HCL report is shown with the TPM's key and the hardware's report") {
  const snp_chip chip;
  const std::string claims = R"({"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":")"
                             + base64url(bytes(256, 0xc1)) + R"("}],"user-data":")"
                             + std::string(128, '7') + "\"}";
  const auto minted_report = [&](std::uint8_t hardware) {
    bytes out{'H', 'C', 'L', 'A', 2, 0, 0, 0, 0, 0, 0, 0, 2};
    out.resize(32);
    const auto report = minted(device::sign_report(chip.report, chip.vek().key));
    out.insert(out.end(), report.begin(), report.end());
    const auto low = [](std::size_t value) { return static_cast<std::uint8_t>(value); };
    const auto size = claims.size();
    const bytes head{
      low(size + 20), low((size + 20) >> 8U), 0, 0, 1, 0, 0, 0, hardware, 0, 0, 0, 1, 0, 0, 0,
      low(size),      low(size >> 8U),        0, 0};
    out.insert(out.end(), head.begin(), head.end());
    out.insert(out.end(), claims.begin(), claims.end());
    return out;
  };
  const auto text = shown(minted_report(2));
  for (const auto* part : {"not verified", "HCL report", "SEV-SNP", "TPM's key", "77777777",
                           "SNP attestation report", "Milan"})
    CHECK_MESSAGE(has(text, part), part);
  const auto of_tdx = shown(minted_report(4));
  CHECK(has(of_tdx, "TDX"));
  CHECK(!has(of_tdx, "SNP attestation report"));
  const auto cut = testtool::inspect(byte_view{minted_report(2)}.first(100), {});
  REQUIRE_FALSE(cut);
  CHECK(cut.error().code == errc::truncated);
}

TEST_CASE("certificates, tables of them, and revocation lists are shown") {
  const snp_chip chip;
  const auto vek = chip.vek().certificate;
  const auto& ark = chip.vendor().ark;
  for (const auto& input : {vek.der(), to_bytes(vek.pem())}) {
    const auto text = shown(input);
    CHECK(has(text, "SEV-VCEK"));
    CHECK(has(text, "Milan-B0"));
    CHECK(has(text, "SIMULATED"));
  }
  evidence::snp::certificate_table table;
  table.vcek = vek.der();
  table.crl = minted(
    crypto::issue_revocation_list({{}, minted_from, minted_until, {}}, ark.certificate, ark.key));
  const auto text = shown(write_certificate_table(table));
  CHECK(has(text, "In the host's table: VCEK"));
  CHECK(has(text, "Revocation list"));
}

TEST_CASE("a quote is shown with its guest, its quoting enclave and its PCK certificate") {
  const auto sgx
    = minted(device::simulated_platform::make(device::intel_tee::sgx, minted_from, minted_until));
  auto enclave = sgx.good_enclave();
  enclave.flags |= evidence::sgx::attribute::debug;
  auto text = shown(minted(sgx.quote(enclave)));
  for (const auto* part :
       {"not verified", "SGX quote, version 3", "INIT, DEBUG, MODE64BIT", "MRENCLAVE", "5e5e5e",
        "Quoting enclave", "Intel SGX PCK Certificate", "FMSPC", "SIMULATED"})
    CHECK_MESSAGE(has(text, part), part);
  const auto tdx
    = minted(device::simulated_platform::make(device::intel_tee::tdx, minted_from, minted_until));
  auto domain = tdx.good_domain();
  text = shown(minted(tdx.quote(domain)));
  for (const auto* part : {"TDX quote, version 4", "SEPT_VE_DISABLE", "MRTD", "RTMR3", "MRSEAM"})
    CHECK_MESSAGE(has(text, part), part);
  CHECK_FALSE(has(text, "MRSERVICETD"));
  domain.added.emplace();
  text = shown(minted(tdx.quote(domain)));
  CHECK(has(text, "TDX quote, version 5"));
  CHECK(has(text, "MRSERVICETD"));
}

TEST_CASE("TCB info and QE identity are shown, with levels, dates and advisories") {
  auto platform
    = minted(device::simulated_platform::make(device::intel_tee::tdx, minted_from, minted_until));
  platform.tcb_info.levels.front().rating.advisories = {"INTEL-SA-00001"};
  const auto said = minted(platform.collateral());
  auto text = shown(said.tcb_info);
  for (const auto* part : {"TCB info", "TDX_01", "UpToDate", "INTEL-SA-00001", "FMSPC"})
    CHECK_MESSAGE(has(text, part), part);
  text = shown(said.qe_identity);
  for (const auto* part : {"Identity of an enclave", "TD_QE", "UpToDate"})
    CHECK_MESSAGE(has(text, part), part);
  text = shown(said.root_ca_crl);
  CHECK(has(text, "Revocation list"));
  CHECK(shown(to_bytes(crypto::write_pem("X509 CRL", said.root_ca_crl))) == text);
}

TEST_CASE("what is of no known kind, or broken, is said to be") {
  const auto refusal = [](byte_view input) {
    const auto read = testtool::inspect(input, {});
    REQUIRE_FALSE(read);
    return read.error().code;
  };
  CHECK(refusal({}) == errc::unsupported);
  CHECK(refusal(bytes(100, 0x77)) == errc::unsupported);
  CHECK(refusal(bytes{0x30, 0x00}) == errc::malformed);
  auto report = bytes(evidence::snp::report_size);
  report[0] = 3;
  CHECK(shown(report).find("SNP") != std::string::npos);
  report.pop_back();
  CHECK(refusal(report) == errc::truncated);
  CHECK(refusal(bytes{3, 0, 2, 0, 0, 0, 0, 0}) == errc::truncated);
  CHECK(refusal(bytes{4, 0, 2, 0, 0x81, 0, 0, 0}) == errc::truncated);
  CHECK(refusal(to_bytes("{}")) == errc::unsupported);
  CHECK(refusal(to_bytes("{")) == errc::unsupported);
}

TEST_SUITE_END();
