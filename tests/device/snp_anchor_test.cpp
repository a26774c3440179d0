#include "shared/device/snp_anchor.hpp"

#include "shared/endorsement/simulated.hpp"
#include "shared/endorsement/snp_chain.hpp"
#include "shared/endorsement/snp_vek.hpp"
#include "shared/evidence/snp/certificate_table.hpp"
#include "shared/files/files.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace troth;
using namespace troth::testing;
using namespace troth::device;

namespace {

void put(const std::filesystem::path& file, byte_view content) {
  REQUIRE(files::write(file, content, files::access::everyone));
}

template <class T>
errc refusal(const result<T>& of) {
  REQUIRE_FALSE(of);
  return of.error().code;
}

/// A report and a table as the kernel would have them, of a chip that is played.
snp_answer recorded(const std::filesystem::path& folder) {
  return minted(minted(make_simulated_source(folder, minted_now))->ask(bytes(64, 7)));
}

} // namespace

TEST_SUITE_BEGIN("device/snp_anchor");

TEST_CASE("a simulated processor answers any nonce, and says that it is simulated") {
  const temporary_folder folder;
  const auto anchor = make_snp_anchor(minted(make_simulated_source(folder.path(), minted_now)), {});
  CHECK(anchor->check());
  CHECK_FALSE(*anchor->wanted_certification(device::renewal::when_due));
  CHECK(refusal(anchor->certify({})) == errc::conflict);
  const auto collateral = anchor->collateral();
  REQUIRE(collateral);
  CHECK(collateral->type == "SNP Evidence");
  REQUIRE(collateral->certificates.size() == 3);
  std::vector<crypto::certificate> chain;
  for (const auto& der : collateral->certificates)
    chain.push_back(minted(crypto::certificate::from_der(der)));
  CHECK(endorsement::is_simulated(chain[2]));
  CHECK(endorsement::verify_vek_chain(chain[0], std::vector{chain[1]}, std::vector{chain[2]},
                                      minted_now));
  for (const std::size_t size : {1U, 32U, 64U}) {
    const bytes nonce(size, 0x5a);
    const auto evidence = anchor->evidence(nonce);
    REQUIRE(evidence);
    const auto report = minted(evidence::snp::parse_report(evidence->body));
    CHECK(std::ranges::equal(nonce, byte_view{report.report_data}.first(size)));
    CHECK(endorsement::authenticate_report(report, chain[0].key()));
  }
  CHECK(refusal(anchor->evidence({})) == errc::malformed);
  CHECK(refusal(anchor->evidence(bytes(65))) == errc::malformed);
}

TEST_CASE("a simulated processor keeps its keys, and shows what a verifier needs") {
  const temporary_folder folder;
  const auto first = recorded(folder.path());
  CHECK(recorded(folder.path()).certificates == first.certificates);
  const auto root = crypto::certificate::from_pem(
    to_text(minted(files::read(folder.path() / "ark.pem", 100'000))));
  REQUIRE(root);
  const auto list
    = crypto::revocation_list::from_der(minted(files::read(folder.path() / "ark.crl", 100'000)));
  REQUIRE(list);
  CHECK(list->verify(root->front(), minted_now));
  put(folder.path() / "vcek.pem", to_bytes(root->front().pem()));
  CHECK(refusal(make_simulated_source(folder.path(), minted_now)) == errc::missing);
}

TEST_CASE("the kernel is asked through configfs: inblob in, outblob and auxblob out") {
  const temporary_folder keys;
  const temporary_folder entry; // plain files, where the kernel would have attributes
  const auto answer = recorded(keys.path());
  for (const auto* name : {"inblob", "privlevel"})
    put(entry.path() / name, {});
  put(entry.path() / "generation", to_bytes("2\n"));
  put(entry.path() / "outblob", answer.report);
  put(entry.path() / "auxblob", answer.certificates);
  const auto source = make_configfs_source(entry.path(), 2);
  const bytes data(64, 0x21);
  const auto got = source->ask(data);
  REQUIRE(got);
  CHECK(got->report == answer.report);
  CHECK(got->certificates == answer.certificates);
  CHECK(minted(files::read(entry.path() / "inblob", 100)) == data);
  CHECK(minted(files::read(entry.path() / "privlevel", 100)) == to_bytes("2"));
  std::filesystem::remove(entry.path() / "auxblob");
  CHECK(minted(source->ask(data)).certificates.empty());
  std::filesystem::remove(entry.path() / "outblob");
  CHECK(refusal(source->ask(data)) == errc::not_found);
}

TEST_CASE("where there is no such interface, that is said") {
  CHECK(refusal(make_configfs_source("/none/such", {})->ask(bytes(64))) == errc::not_found);
  CHECK(refusal(make_guest_device_source("/none/such", 0)->ask(bytes(64))) == errc::not_found);
  CHECK(refusal(make_guest_device_source("/dev/null", 0)->ask(bytes(64))) == errc::io);
  CHECK(refusal(make_recorded_source("/none/such", "")->ask(bytes(64))) == errc::not_found);
}

TEST_CASE("a recorded report is played whatever is asked") {
  const temporary_folder folder;
  const auto answer = recorded(folder.path());
  put(folder.path() / "report.bin", answer.report);
  put(folder.path() / "certificates.bin", answer.certificates);
  const auto anchor = make_snp_anchor(
    make_recorded_source(folder.path() / "report.bin", folder.path() / "certificates.bin"), {});
  CHECK(minted(anchor->evidence(bytes(32, 1))).body == answer.report);
  CHECK(minted(anchor->collateral()).certificates.size() == 3);
}

TEST_CASE("a host's certificates in PEM are handed on as DER") {
  const temporary_folder folder;
  const auto answer = recorded(folder.path());
  put(folder.path() / "report.bin", answer.report);
  auto table = minted(evidence::snp::parse_certificate_table(answer.certificates));
  const auto der = table.vcek;
  for (auto* each : {&table.vcek, &table.ask, &table.ark})
    *each = to_bytes(minted(crypto::certificate::from_der(**each)).pem());
  put(folder.path() / "certificates.bin", write_certificate_table(table));
  const auto anchor = make_snp_anchor(
    make_recorded_source(folder.path() / "report.bin", folder.path() / "certificates.bin"), {});
  const auto carried = minted(anchor->collateral()).certificates;
  REQUIRE(carried.size() == 3);
  CHECK(carried[0] == *der);
  table.ask = to_bytes("-----BEGIN nonsense");
  put(folder.path() / "certificates.bin", write_certificate_table(table));
  CHECK(refusal(anchor->collateral()) == errc::malformed);
}

TEST_CASE("where the host hands out no certificates, the configured ones are used") {
  const temporary_folder folder;
  put(folder.path() / "report.bin", recorded(folder.path()).report);
  const auto source = [&] {
    return make_recorded_source(folder.path() / "report.bin", std::filesystem::path{});
  };
  CHECK(refusal(make_snp_anchor(source(), {})->check()) == errc::no_endorsement);
  const auto chain = minted(crypto::certificate::from_pem(
    to_text(minted(files::read(folder.path() / "vcek.pem", 100'000)))));
  const auto anchor = make_snp_anchor(source(), chain);
  CHECK(minted(anchor->collateral()).certificates == std::vector<bytes>{chain[0].der()});
}

TEST_CASE("where nothing is handed out or configured, the endorser is asked about the report") {
  const temporary_folder folder;
  const auto answer = recorded(folder.path());
  put(folder.path() / "report.bin", answer.report);
  const auto anchor
    = make_snp_anchor(make_recorded_source(folder.path() / "report.bin", std::filesystem::path{}),
                      {}, [&](const auto& report) -> result<std::vector<bytes>> {
                        CHECK(write_report(report) == answer.report);
                        return std::vector<bytes>{bytes{1}, bytes{2}};
                      });
  CHECK(minted(anchor->collateral()).certificates.size() == 2);
}

TEST_CASE("a table without the certificate of the key that signed is refused") {
  const temporary_folder folder;
  const auto answer = recorded(folder.path());
  put(folder.path() / "report.bin", answer.report);
  auto table = minted(evidence::snp::parse_certificate_table(answer.certificates));
  table.vlek = table.vcek;
  table.vcek.reset();
  put(folder.path() / "certificates.bin", write_certificate_table(table));
  const auto anchor = make_snp_anchor(
    make_recorded_source(folder.path() / "report.bin", folder.path() / "certificates.bin"), {});
  CHECK(refusal(anchor->collateral()) == errc::no_endorsement);
}

TEST_SUITE_END();
