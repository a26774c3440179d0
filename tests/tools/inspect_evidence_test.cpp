#include "tests/support/snp_vendor.hpp"
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
}

TEST_SUITE_END();
