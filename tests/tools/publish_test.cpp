#include "tests/support/temporary_folder.hpp"
#include "tools/testtool/commands.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

using namespace troth;
using namespace troth::testing;
using namespace troth::testtool;

namespace {

constexpr const char* refused = R"({"summary": {"status": "fail"}, "prover": "machine",
        "troth": {"findings": [{"rule": "tpm.nonce", "outcome": "fail"}]}})";

struct world_fixture {
  std::shared_ptr<publisher> open(report::face as = report::face::json) {
    const auto made = publisher::open(options, as, world);
    REQUIRE(made);
    return *made;
  }

  std::vector<std::string> lines() const {
    std::ifstream in{options.file};
    std::vector<std::string> out;
    for (std::string line; std::getline(in, line);)
      out.push_back(line);
    return out;
  }

  temporary_folder folder;
  std::ostringstream said;
  std::ostringstream complained;
  ports world{said,
              complained,
              [] { return time_point{}; },
              [](auto) {},
              [](std::size_t size) { return bytes(size, 1); },
              {}};
  publish_options options;
};

} // namespace

TEST_SUITE_BEGIN("tools/publish");

TEST_CASE_FIXTURE(world_fixture, "results are added to a file, a line each, in their order") {
  options.file = folder.path() / "results.jsonl";
  for (int run = 0; run < 2; ++run) {
    const auto to = open();
    to->submit(to_bytes(refused));
    to->submit(to_bytes(R"({"summary": {"status": "success"}})"));
    CHECK(published(*to, terminal::good) == terminal::good);
  }
  const auto all = lines();
  REQUIRE(all.size() == 4);
  CHECK(all[2] == nlohmann::ordered_json::parse(refused).dump());
  CHECK(all[3] == R"({"summary":{"status":"success"}})");
}

TEST_CASE_FIXTURE(world_fixture, "as findings, a success is none") {
  options.file = folder.path() / "findings.jsonl";
  options.as = publish_form::ocsf;
  const auto to = open();
  to->submit(to_bytes(refused));
  to->submit(to_bytes(R"({"summary": {"status": "success"}})"));
  CHECK(to->finish());
  REQUIRE(lines().size() == 1);
  CHECK(nlohmann::json::parse(lines()[0])["finding_info"]["title"] == "tpm.nonce");
}

TEST_CASE_FIXTURE(world_fixture, "what cannot be published is told, and a pass is none then") {
  options.file = folder.path() / "absent" / "results.jsonl";
  auto to = open();
  to->submit(to_bytes(refused));
  CHECK(published(*to, terminal::good) == terminal::io);
  CHECK(complained.str().starts_with("troth-testtool: io: publishing: "));
  to = open();
  to->submit(to_bytes(refused));
  CHECK(published(*to, terminal::attestation_failed) == terminal::attestation_failed);
}

TEST_CASE_FIXTURE(world_fixture, "what is no URL of a server is refused at once") {
  options.to.url = "ftp://127.0.0.1";
  const auto none = publisher::open(options, report::face::json, world);
  REQUIRE(!none);
  CHECK(none.error().code == errc::malformed);
}

TEST_CASE_FIXTURE(world_fixture, "without a place nothing is done") {
  const auto to = open();
  to->submit(to_bytes("no result"));
  CHECK(to->finish());
}

TEST_SUITE_END();
