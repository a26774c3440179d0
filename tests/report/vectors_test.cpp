#include "tests/support/vectors.hpp"

#include "shared/report/report.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

using namespace troth;
using namespace troth::testing;

namespace {

struct recorded {
  const char* folder;
  report::encoding as;
  std::size_t evidences;
  std::size_t artifacts; // of the first evidence
  std::size_t events;    // in all
};

constexpr recorded reports[] = {
  {"sw-cbor", report::encoding::cbor, 1, 0, 0},
  {"sw-json", report::encoding::json, 1, 0, 0},
  {"tpm-summary-json", report::encoding::json, 2, 18, 18},
  {"tpm-eventlog-cbor", report::encoding::cbor, 2, 18, 327},
  {"neg-ima-unreferenced-entry-cbor", report::encoding::cbor, 2, 18, 328},
  {"neg-wrong-nonce-json", report::encoding::json, 2, 18, 327},
};

std::string file(const recorded& one, const std::string& name) {
  const auto* const ending = one.as == report::encoding::json ? ".json" : ".cbor";
  return std::string{"cmc-reports/"} + one.folder + "/" + name + ending;
}

} // namespace

TEST_SUITE_BEGIN("report/vectors");

TEST_CASE("the reference's reports read, and are written again byte for byte") {
  if (!vectors_folder())
    return skip_without_vectors(std::size(reports));
  for (const auto& one : reports) {
    CAPTURE(one.folder);
    const auto input = read_vector(file(one, "attestation-report"));
    REQUIRE(input);
    const auto parsed = report::parse_report(*input);
    REQUIRE(parsed);
    CHECK(parsed->name == "localhost");
    CHECK(parsed->claims.hash_name == "SHA-256");
    CHECK(parsed->evidences.size() == one.evidences);
    CHECK(parsed->claims.digests.size() == 4);
    CHECK(parsed->claims.metadata.size() == 4);
    REQUIRE(parsed->claims.collaterals.size() == one.evidences);
    CHECK(parsed->claims.collaterals[0].artifacts.size() == one.artifacts);
    std::size_t events = 0;
    for (const auto& log : parsed->claims.collaterals[0].artifacts)
      events += log.events.size();
    CHECK(events == one.events);
    const auto nonce = read_vector(file(one, "nonce"));
    REQUIRE(nonce);
    const auto is_same = parsed->claims.nonce == *nonce;
    CHECK(is_same == (one.folder != std::string{"neg-wrong-nonce-json"}));
    CHECK((report::write_context(parsed->claims, one.as) == parsed->context_bytes));
    CHECK((report::write_report(*parsed) == *input));
  }
}

TEST_SUITE_END();
