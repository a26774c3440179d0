#include "shared/report/ear_rules.hpp"

#include "shared/appraisal/rules.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace troth;

TEST_SUITE_BEGIN("appraisal/ear_rules");

TEST_CASE("each rule says what its failure means for the claims of a token") {
  std::set<std::string_view> meant;
  for (const auto& one : report::ear_consequences()) {
    CAPTURE(std::string{one.rule});
    CHECK(meant.insert(one.rule).second);
    CHECK((report::tier_of(one.failed) != report::trust_tier::affirming));
    CHECK((report::tier_of(one.failed) != report::trust_tier::none));
  }
  for (const auto& one : appraisal::all_rules()) {
    CAPTURE(std::string{one.id});
    CHECK(meant.contains(one.id));
    meant.erase(one.id);
  }
  CHECK(meant == std::set<std::string_view>{"policy.script"}); // which is no rule of the core
}

TEST_CASE("a rule that nobody has mapped speaks against the configuration") {
  const auto meaning = report::consequence_of("tpm.not_yet_there");
  CHECK((meaning.claim == report::trust_claim::configuration));
  CHECK(meaning.failed == report::trust_value::unsupportable_config);
}

TEST_SUITE_END();
