#include "tools/metatool/logs.hpp"

#include "tests/endorsement/logs.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::testing;
using namespace troth::metatool;
using evidence::eventlog::event_type;

namespace {

const auto sh = ima_ng_data("sha256", filled(1), "/bin/sh");

bytes boot_log() {
  return event_log_writer{}
    .add(0, event_type::s_crtm_version, filled(1), {})
    .add(4, event_type::separator, filled(2), {})
    .log();
}

bytes ima_log() {
  return ima_list{{10, sha1_of(sh), sh}, {10, bytes(20, 0), ima_ng_data("sha256", filled(0), "/x")}}
    .raw;
}

} // namespace

TEST_SUITE_BEGIN("tools/logs");

TEST_CASE("PCRs are numbers and ranges") {
  const std::pair<std::string, std::set<std::uint32_t>> good[]
    = {{"0", {0}}, {"0-3", {0, 1, 2, 3}}, {"7,0-1,23", {0, 1, 7, 23}}, {"5-5", {5}}};
  for (const auto& [text, pcrs] : good) {
    CAPTURE(text);
    REQUIRE(parse_pcrs(text));
    CHECK(*parse_pcrs(text) == pcrs);
  }
  for (const auto* bad :
       {"", ",", "0,", ",0", "a", "24", "3-1", "0-", "-1", "0--1", "1 2", "0x1"}) {
    CAPTURE(bad);
    REQUIRE(!parse_pcrs(bad));
    CHECK(parse_pcrs(bad).error().code == errc::malformed);
  }
}

TEST_CASE("banks are names, each once") {
  REQUIRE(parse_banks("sha384,sha1"));
  CHECK(*parse_banks("sha384,sha1") == std::vector{hash_algorithm::sha384, hash_algorithm::sha1});
  for (const auto* bad : {"", ",", "sha256,", "SHA-256", "md5", "sha256,sha256"}) {
    CAPTURE(bad);
    REQUIRE(!parse_banks(bad));
    CHECK(parse_banks(bad).error().code == errc::malformed);
  }
}

TEST_CASE("reference values are the boot log's, then the IMA list's") {
  const auto made = make_reference_values({boot_log(), ima_log()}, {});
  REQUIRE(made);
  REQUIRE(made->components.size() == 5);
  CHECK(made->components[1].name == "EV_S_CRTM_VERSION");
  CHECK(made->components[4].name == "sh");
  CHECK(made->components[4].hashes.size() == 1);
  CHECK(made->violations == 1);
  const auto some = make_reference_values({boot_log(), {}}, {.pcrs = {4}, .banks = {}});
  REQUIRE(some);
  CHECK(some->components.size() == 2);
}

TEST_CASE("without a boot log files get SHA-256, and the ASCII list does as well") {
  const auto line = to_bytes("10 " + std::string(40, '1') + " ima-ng sha256:" + std::string(64, '0')
                             + " /bin/sh\n");
  const auto made = make_reference_values({{}, line}, {});
  REQUIRE(made);
  REQUIRE(made->components.size() == 1);
  CHECK(made->components[0].description == "/bin/sh");
  CHECK(made->components[0].hashes.at(0).algorithm() == hash_algorithm::sha256);
}

TEST_CASE("no log, and a log that cannot be read, are errors") {
  CHECK(make_reference_values({}, {}).error().code == errc::missing);
  CHECK(precompute({}, {}).error().code == errc::missing);
  auto cut = boot_log();
  cut.pop_back();
  CHECK(make_reference_values({cut, {}}, {}).error().code == errc::truncated);
  auto cut_list = ima_log();
  cut_list.pop_back();
  CHECK(make_reference_values({{}, cut_list}, {}).error().code == errc::truncated);
  CHECK(make_reference_values({{}, to_bytes("10 nonsense")}, {}).error().code == errc::malformed);
  CHECK(make_reference_values({boot_log(), {}}, {.pcrs = {9}, .banks = {}}).error().code
        == errc::not_found);
  CHECK(make_reference_values({boot_log(), {}}, {.pcrs = {}, .banks = {hash_algorithm::sha512}})
          .error()
          .code
        == errc::missing);
}

TEST_CASE("expected values include what the kernel extended for a violation") {
  const auto made = precompute({boot_log(), ima_log()}, {});
  REQUIRE(made);
  const auto& sha256 = made->at(hash_algorithm::sha256);
  CHECK(sha256.size() == 3);
  digest pcr10{hash_algorithm::sha256};
  crypto::extend(pcr10, crypto::hash(hash_algorithm::sha256, sh).view());
  crypto::extend(pcr10, filled(0xff));
  CHECK(sha256.at(10) == pcr10);
  const auto some = precompute({boot_log(), ima_log()}, {.pcrs = {4, 10}, .banks = {}});
  REQUIRE(some);
  CHECK(some->at(hash_algorithm::sha256).size() == 2);
}

TEST_CASE("summaries hold one value for each bank") {
  digest value{hash_algorithm::sha384};
  const auto made = summaries({{hash_algorithm::sha256, {{4, digest{hash_algorithm::sha256}}}},
                               {hash_algorithm::sha384, {{4, value}, {7, value}}}});
  REQUIRE(made.size() == 2);
  CHECK(made[0].name == "PCR Summary");
  CHECK(made[0].hashes == std::vector{digest{hash_algorithm::sha256}, value});
  CHECK(made[1].hashes == std::vector{value});
}

TEST_SUITE_END();
