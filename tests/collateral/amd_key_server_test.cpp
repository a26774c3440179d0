#include "shared/collateral/amd_key_server.hpp"

#include "shared/base/hex.hpp"
#include "tests/support/snp_vendor.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

using namespace troth;
using namespace troth::testing;
using namespace troth::collateral;
using evidence::snp::product_line;

namespace {

/// A key server of a chip, and all that it was asked.
struct fake_server {
  explicit fake_server(product_line line = product_line::milan) : chip(line) {
    const auto vek = chip.vek().certificate;
    const auto& vendor = chip.vendor();
    pages[vcek_path(chip.report, line)] = {200, vek.der()};
    pages["/vcek/v1/" + std::string{name(line)} + "/cert_chain"]
      = {200, to_bytes(vendor.ask.certificate.pem() + vendor.ark.certificate.pem())};
  }

  key_server_ports ports() {
    return {[this](const std::string& path) -> result<http_answer> {
              asked.push_back(path);
              if (is_down)
                return error{errc::unavailable, "down"};
              const auto at = pages.find(path);
              return at != pages.end() ? at->second : http_answer{404, {}};
            },
            [this] { return now; }};
  }

  snp_chip chip;
  std::map<std::string, http_answer> pages;
  std::vector<std::string> asked;
  bool is_down = false;
  time_point now = minted_now;
};

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
  CHECK(vcek_path(milan.report, milan.line)
        == "/vcek/v1/Milan/" + hex(bytes(64, 0xc1)) + "?blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219");
  const snp_chip turin{product_line::turin};
  CHECK(vcek_path(turin.report, turin.line)
        == "/vcek/v1/Turin/c1c1c1c1c1c1c1c1?blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219&fmcSPL=1");
}

TEST_CASE("a chain is fetched once, and found again by another process and without a server") {
  const temporary_folder cache;
  fake_server server;
  amd_key_server first{cache.path(), server.ports()};
  const auto chain = first.chain_for(server.chip.report);
  REQUIRE(chain);
  REQUIRE(chain->size() == 3);
  CHECK(chain->at(2) == server.chip.vendor().ark.certificate.der());
  CHECK(server.asked.size() == 2);
  CHECK(first.chain_for(server.chip.report));
  server.is_down = true;
  amd_key_server second{cache.path(), server.ports()};
  CHECK(minted(second.chain_for(server.chip.report)) == *chain);
  CHECK(server.asked.size() == 2);
}

TEST_CASE("another TCB is another key, and an expired one is fetched again") {
  const temporary_folder cache;
  fake_server server;
  amd_key_server keys{cache.path(), server.ports()};
  REQUIRE(keys.chain_for(server.chip.report));
  auto updated = server.chip.report;
  ++updated.reported_tcb[7];
  CHECK(refusal(keys.chain_for(updated)) == errc::no_endorsement);
  server.now = minted_until;
  CHECK(refusal(keys.chain_for(server.chip.report)) == errc::malformed); // still the old one
}

TEST_CASE("a server that is asked too often is left alone for a while") {
  const temporary_folder cache;
  fake_server server;
  const auto pages = server.pages;
  server.pages[vcek_path(server.chip.report, server.chip.line)] = {429, {}};
  amd_key_server keys{cache.path(), server.ports()};
  CHECK(refusal(keys.chain_for(server.chip.report)) == errc::exhausted);
  server.pages = pages;
  CHECK(refusal(keys.chain_for(server.chip.report)) == errc::exhausted);
  CHECK(server.asked.size() == 1);
  server.now += std::chrono::seconds{60};
  CHECK(keys.chain_for(server.chip.report));
}

TEST_CASE("what is not the report's key, or no chain, is neither taken nor kept") {
  const temporary_folder cache;
  fake_server server;
  const auto vcek = vcek_path(server.chip.report, server.chip.line);
  const auto good = server.pages;
  snp_chip other;
  other.extensions.hardware_id = bytes(64, 0x77);
  for (const auto& body : {bytes{}, other.vek().certificate.der(), bytes(100, 0x30)}) {
    server.pages[vcek] = {200, body};
    amd_key_server keys{cache.path(), server.ports()};
    CHECK(refusal(keys.chain_for(server.chip.report)) == errc::malformed);
  }
  server.pages = good;
  server.pages["/vcek/v1/Milan/cert_chain"] = {200, to_bytes(other.vek().certificate.pem())};
  amd_key_server keys{cache.path(), server.ports()};
  CHECK(refusal(keys.chain_for(server.chip.report)) == errc::malformed);
  server.pages = good;
  CHECK(keys.chain_for(server.chip.report));
}

TEST_CASE("a broken server, a VLEK and an unknown processor each have their code") {
  const temporary_folder cache;
  fake_server server;
  amd_key_server keys{cache.path(), server.ports()};
  server.is_down = true;
  CHECK(refusal(keys.chain_for(server.chip.report)) == errc::unavailable);
  server.is_down = false;
  server.pages[vcek_path(server.chip.report, server.chip.line)] = {500, {}};
  CHECK(refusal(keys.chain_for(server.chip.report)) == errc::unavailable);
  auto report = server.chip.report;
  report.signing_key_id = 1;
  CHECK(refusal(keys.chain_for(report)) == errc::unsupported);
  report = server.chip.report;
  report.processor.reset();
  CHECK(refusal(keys.chain_for(report)) == errc::unsupported);
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
