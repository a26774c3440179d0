#include "services/gateway/access.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

using namespace troth;
using namespace troth::services;

TEST_SUITE_BEGIN("gateway/access");

TEST_CASE("each role may do what its row says, and nothing else") {
  const std::map<std::string, std::set<std::string>> may{
    {"challenge", {"attester", "relying-party"}},
    {"attest", {"attester", "relying-party"}},
    {"appraise", {"attester", "relying-party"}},
    {"peerCache", {"attester", "relying-party"}},
    {"measure", {"attester"}},
    {"update", {"operator", "admin"}},
    {"state", {"relying-party", "operator", "admin"}},
    {"useKeys", {"key-user"}},
    {"manageKeys", {"key-user", "admin"}},
    {"caCertificates", {"attester", "relying-party", "key-user", "operator", "admin"}},
    {"audit", {"admin"}},
    {"policies", {"operator", "admin"}},
    {"changePolicies", {"admin"}},
    {"references", {"relying-party", "operator", "admin"}},
    {"changeReferences", {"admin"}},
  };
  CHECK(all_actions().size() == may.size());
  for (const auto what : all_actions())
    for (const auto as : all_roles()) {
      const auto expected = may.at(std::string{name(what)}).contains(std::string{name(as)});
      CAPTURE(name(what));
      CAPTURE(name(as));
      const auto checked = check_access({"somebody", {as}}, what);
      CHECK(checked.has_value() == expected);
      if (!checked)
        CHECK(checked.error().code == errc::forbidden);
    }
}

TEST_CASE("whoever has no role may do nothing, and is told which role is needed") {
  for (const auto what : all_actions()) {
    CAPTURE(name(what));
    REQUIRE(!check_access({"uid 7", {}}, what));
    CHECK(check_access({"uid 7", {}}, what).error().code == errc::forbidden);
  }
  CHECK(check_access({"uid 7", {}}, action::update).error().where
        == "update: needs the role operator or admin, which uid 7 does not have");
}

TEST_CASE("who has several roles may do what any of them may") {
  const caller both{"both", {role::system_operator, role::relying_party}};
  CHECK(check_access(both, action::update));
  CHECK(check_access(both, action::appraise));
  CHECK(!check_access(both, action::measure));
}

TEST_CASE("roles are read by their names") {
  for (const auto as : all_roles())
    CHECK(*parse_roles(name(as)) == std::vector{as});
  CHECK(*parse_roles("admin+attester") == std::vector{role::administrator, role::attester});
  CHECK(parse_roles("root").error().code == errc::unsupported);
  CHECK(parse_roles("admin+").error().code == errc::unsupported);
  CHECK(parse_roles("").error().code == errc::malformed);
}

TEST_SUITE_END();
