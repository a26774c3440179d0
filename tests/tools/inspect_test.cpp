#include "tools/metatool/inspect.hpp"

#include "tests/endorsement/logs.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/minted.hpp"
#include "tools/metatool/sign.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using namespace troth::metatool;
using evidence::eventlog::event_type;

namespace {

report::manifest manifest() {
  report::manifest out;
  out.info = {"os", "2026-11-24T10:00:00Z", report::validity{minted_from, minted_until}, "text"};
  out.base_layers = {"rtm"};
  out.certification_level = 3;
  report::component file;
  file.type = "application";
  file.name = "sh\x1b[2J";
  file.hashes = {digest{hash_algorithm::sha256}};
  file.properties = {{"cmc.ta", "TPM"}, {"cmc.index", "10"}};
  out.components = {file};
  return out;
}

bytes signed_manifest() {
  const auto made = mint_root(leaf_content("developer"));
  const std::vector signers{*make_identity(made.key.pem(), {made.certificate.pem()})};
  return *sign(report::write_metadata(manifest(), report::encoding::json), signers,
               signature_format::jws);
}

bytes report_bytes(report::encoding as) {
  report::report out;
  out.version = report::report_version;
  out.name = "machine-1";
  out.encoded_as = as;
  out.evidences = {{std::string{report::tpm_evidence}, "aabb"_hex, {}, {}}};
  out.claims.nonce = "0102030405060708"_hex;
  out.claims.collaterals = {{std::string{report::tpm_evidence}, {}, {}, {}}};
  out.context_bytes = report::write_context(out.claims, as);
  return report::write_report(out);
}

bool has(const result<std::string>& sheet, std::string_view line) {
  REQUIRE(sheet);
  return sheet->find(line) != std::string::npos;
}

} // namespace

TEST_SUITE_BEGIN("tools/inspect");

TEST_CASE("an item is shown, signed or not, and that nothing was verified") {
  for (const auto as : {report::encoding::json, report::encoding::cbor}) {
    const auto shown = inspect(report::write_metadata(manifest(), as), {});
    CHECK(has(shown, "UNVERIFIED  "));
    CHECK(has(shown, "Not signed\n"));
    CHECK(has(shown, "Manifest os\n"));
    CHECK(has(shown, "  base layers   rtm\n"));
    CHECK(has(shown, "    TPM 10        1\n"));
  }
  const auto shown = inspect(signed_manifest(), {});
  CHECK(has(shown, "  signature     ECDSA with SHA-256\n"));
  CHECK(has(shown, "CN=developer"));
  CHECK(!has(shown, "Not signed"));
}

TEST_CASE("names cannot act on the terminal") {
  const auto item = report::write_metadata(manifest(), report::encoding::json);
  const auto shown = inspect(item, {.with_events = true});
  CHECK(has(shown, "sh\\x1b[2J"));
  CHECK(!has(shown, "\x1b"));
}

TEST_CASE("a report is shown with what its evidence says, also where that is broken") {
  for (const auto as : {report::encoding::json, report::encoding::cbor}) {
    const auto shown = inspect(report_bytes(as), {});
    CHECK(has(shown, "Attestation report 3.3.0\n"));
    CHECK(has(shown, "  from          machine-1\n"));
    CHECK(has(shown, "  nonce         0102030405060708\n"));
    CHECK(has(shown, "  evidence      TPM Evidence, 2 bytes\n"));
    CHECK(has(shown, "    no quote      truncated"));
  }
}

TEST_CASE("a boot log is counted, or listed") {
  const auto log = event_log_writer{}
                     .add(4, event_type::efi_action, filled(1), to_bytes("Calling"))
                     .add(4, event_type::separator, filled(2), {})
                     .log();
  const auto counted = inspect(log, {});
  CHECK(has(counted, "  banks         SHA-256\n"));
  CHECK(has(counted, "  PCR 4         2 events\n"));
  const auto listed = inspect(log, {.with_events = true});
  CHECK(has(listed, "  PCR 4         EV_EFI_ACTION  Calling\n"));
  CHECK(has(listed, "SHA-256 0101"));
}

TEST_CASE("an IMA list is counted, or listed, binary or ASCII") {
  const auto sh = ima_ng_data("sha256", filled(1), "/bin/sh");
  const ima_list in{{10, sha1_of(sh), sh},
                    {10, bytes(20, 0), ima_ng_data("sha256", filled(0), "/var/log/wtmp")}};
  const auto counted = inspect(in.raw, {});
  CHECK(has(counted, "  template      ima-ng, 2\n"));
  CHECK(has(counted, "  violations    1\n"));
  CHECK(has(counted, "  PCR 10        2 files\n"));
  const auto listed = inspect(in.raw, {.with_events = true});
  CHECK(has(listed, "  PCR 10        /bin/sh\n"));
  CHECK(has(listed, "VIOLATION"));
  const auto line = "10 " + std::string(40, '1') + " ima-ng sha256:" + std::string(64, '0')
                    + " /bin/sh\n";
  CHECK(has(inspect(to_bytes(line), {}), "  PCR 10        1 file\n"));
}

TEST_CASE("what is none of these is refused, and what was named is not guessed") {
  CHECK(inspect({}, {}).error().code == errc::unsupported);
  CHECK(inspect(to_bytes("hello"), {}).error().code == errc::unsupported);
  CHECK(!inspect(to_bytes("{}"), {}));
  CHECK(!inspect(to_bytes("  {}"), {}));
  CHECK(!inspect(report_bytes(report::encoding::json), {.as = subject::event_log}));
  auto cut = signed_manifest();
  cut.pop_back();
  CHECK(!inspect(cut, {}));
}

TEST_SUITE_END();
