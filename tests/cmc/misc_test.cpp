#include "services/prover/pcr_list.hpp"
#include "shared/appraisal/appraise.hpp"
#include "shared/base/algorithm.hpp"
#include "shared/base/time.hpp"
#include "tests/cmc/cases.hpp"
#include "tests/support/minted_machine.hpp"

#include <algorithm>

using namespace troth;
using namespace troth::testing;

TEST_SUITE_BEGIN("cmc/misc");

TEST_CASE("hash functions have the reference's names") {
  if (lacks_cmc("misc"))
    return;
  for (const auto& row : read_cmc_json("misc/TestHashFromString.json")) {
    const auto name = row.at(1).get<std::string>();
    CAPTURE(name);
    const auto read = parse_hash_algorithm(name);
    const auto meant = row.at(2).is_string() ? row.at(2).get<std::string>() : std::string{};
    if (row.at(3).get<bool>()) {
      CHECK(!read);
    } else if (meant == "=crypto.SHA1" || meant == "=crypto.SHA256" || meant == "=crypto.SHA384"
               || meant == "=crypto.SHA512") {
      REQUIRE(read);
      auto spelled = std::string{troth::name(*read)};
      std::erase(spelled, '-');
      CHECK("=crypto." + spelled == meant);
    } else { // on purpose: docs/differences.md
      REQUIRE(!read);
      CHECK(read.error().code == errc::unsupported);
    }
  }
}

TEST_CASE("a nonce is the one that was asked for") {
  if (lacks_cmc("misc"))
    return;
  for (const auto& row : read_cmc_json("misc/TestVerifyNonce.json")) {
    CAPTURE(row.at(0).get<std::string>());
    const auto measured = bytes_in(row.at(1));
    const auto expected = bytes_in(row.at(2));
    machine attester;
    attester.nonce = measured;
    attester.nonce.resize(std::max<std::size_t>(measured.size(), 1)); // a report has one
    appraisal::policy rules;
    rules.minimum_nonce_bytes = 1;
    const auto anchors = attester.anchors();
    const auto sent = attester.report();
    const auto result = appraisal::appraise({sent, expected, rules, anchors, minted_now});
    // An empty nonce is no nonce: docs/differences.md
    const auto wanted = expected.empty() ? "fail" : row.at(3).get<std::string>();
    CHECK(name(result.freshness.says) == wanted);
  }
}

TEST_CASE("the newer version is the later time") {
  if (lacks_cmc("misc"))
    return;
  for (const auto& row : read_cmc_json("misc/Test_isNewer.json")) {
    CAPTURE(row.at(0).get<std::string>());
    const auto one = parse_time(row.at(1).at(0).get<std::string>());
    const auto other = parse_time(row.at(1).at(1).get<std::string>());
    CHECK((one && other) != row.at(3).get<bool>());
    if (one && other)
      CHECK((*one > *other) == row.at(2).get<bool>());
  }
}

TEST_CASE("PCRs are left out of those that are quoted") {
  if (lacks_cmc("misc"))
    return;
  for (const auto& row : read_cmc_json("misc/TestFilterInts.json")) {
    CAPTURE(row.at("name").get<std::string>());
    std::vector<std::string> items;
    for (const auto& pcr : row.at("args").at("list"))
      items.push_back(pcr.dump());
    for (const auto& pcr : row.at("args").at("excludeList"))
      items.push_back('!' + pcr.dump());
    const auto left = services::parse_pcr_list(items);
    REQUIRE(left);
    CHECK(*left == row.at("want").get<std::vector<std::uint32_t>>());
  }
}

TEST_SUITE_END();
