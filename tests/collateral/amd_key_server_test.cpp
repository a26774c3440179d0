#include "shared/collateral/amd_key_server.hpp"

#include "shared/base/hex.hpp"
#include "tests/support/played_services.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using namespace troth::collateral;
using evidence::snp::product_line;

namespace {

std::string vcek_path(const snp_chip& of) {
  return minted(question_of(vcek_name(of.report, of.line))).path;
}

template <class T>
errc refusal(const result<T>& of) {
  REQUIRE_FALSE(of);
  return of.error().code;
}

} // namespace

TEST_SUITE_BEGIN("collateral/amd_key_server");

TEST_CASE("a VCEK is asked for by chip and reported TCB, on Turin with its FMC and short id") {
  snp_chip milan;
  ++milan.report.current_tcb[7]; // not the one that counts
  CHECK(vcek_path(milan)
        == "/vcek/v1/Milan/" + hex(bytes(64, 0xc1)) + "?blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219");
  const snp_chip turin{product_line::turin};
  CHECK(vcek_path(turin)
        == "/vcek/v1/Turin/c1c1c1c1c1c1c1c1?blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219&fmcSPL=1");
}

TEST_CASE("the chain of a report is its VCEK, the ASK and the ARK, on every product line") {
  for (const auto line : {product_line::milan, product_line::genoa, product_line::turin}) {
    const temporary_folder folder;
    const snp_chip chip{line};
    auto amd = played_services::of(chip);
    depot known{folder.path(), {}, amd.ports()};
    const auto chain = minted(vcek_chain_for(chip.report, known));
    CHECK(chain.size() == 3);
    CHECK(chain.at(2) == chip.vendor().ark.certificate.der());
    CHECK(amd.asked.size() == 2);
    amd.is_down = true;
    depot other{folder.path(), {}, amd.ports()};
    CHECK(minted(vcek_chain_for(chip.report, other)) == chain);
    CHECK(amd.asked.size() == 2);
  }
}

TEST_CASE("another TCB is another key, which there may not be") {
  const temporary_folder folder;
  snp_chip chip;
  auto amd = played_services::of(chip);
  depot known{folder.path(), {}, amd.ports()};
  REQUIRE(vcek_chain_for(chip.report, known));
  ++chip.report.reported_tcb[7];
  CHECK(refusal(vcek_chain_for(chip.report, known)) == errc::no_endorsement);
}

TEST_CASE("what is not the report's key, or no chain, is neither taken nor kept") {
  const temporary_folder folder;
  const snp_chip chip;
  auto amd = played_services::of(chip);
  const auto good = amd.pages;
  snp_chip other;
  other.extensions.hardware_id = bytes(64, 0x77);
  for (const auto& body : {bytes{}, other.vek().certificate.der(), bytes(100, 0x30)}) {
    amd.pages[vcek_path(chip)].body = body;
    depot known{folder.path(), {}, amd.ports()};
    CHECK(refusal(vcek_chain_for(chip.report, known)) == errc::malformed);
  }
  amd.pages = good;
  amd.pages["/vcek/v1/Milan/cert_chain"].body = to_bytes(other.vek().certificate.pem());
  const temporary_folder empty; // the other one has the chain
  depot known{empty.path(), {}, amd.ports()};
  CHECK(refusal(vcek_chain_for(chip.report, known)) == errc::malformed);
  amd.pages = good;
  CHECK(vcek_chain_for(chip.report, known));
}

TEST_CASE("a VLEK and an unknown processor each have their code") {
  const temporary_folder folder;
  snp_chip chip;
  played_services amd;
  depot known{folder.path(), {}, amd.ports()};
  auto report = chip.report;
  report.signing_key_id = 1;
  CHECK(refusal(vcek_chain_for(report, known)) == errc::unsupported);
  report = chip.report;
  report.processor.reset();
  CHECK(refusal(vcek_chain_for(report, known)) == errc::unsupported);
  CHECK(amd.asked.empty());
}

TEST_CASE("only https, or this machine, is asked") {
  using namespace std::chrono_literals;
  CHECK(open_http("https://kdsintf.amd.com", 5s));
  CHECK(open_http("http://127.0.0.1:8080", 5s));
  for (const auto* url : {"http://kdsintf.amd.com", "ftp://localhost", "kdsintf.amd.com", ""})
    CHECK(refusal(open_http(url, 5s)) == errc::malformed);
  CHECK(refusal(minted(open_http("http://127.0.0.1:1", 5s))("/")) == errc::unavailable);
}

TEST_SUITE_END();
