#include "tests/store/contract.hpp"

#include <algorithm>
#include <string>
#include <thread>

namespace troth::testing {

namespace {

using namespace std::chrono_literals;
using store::policy_entry;
using scope = store::policy_store::scope;

constexpr time_point now{1'800'000'000s};

policy_entry entry(const std::string& name, const std::string& version,
                   std::chrono::seconds age = 0s) {
  return {name, version, "digest of " + name + version, "alice", now - age};
}

/// Lists as `a@1 a@2* b@1!`: a star for the active ones, an exclamation mark for the default.
std::string listed(store::policy_store& in) {
  const auto all = in.list();
  REQUIRE(all);
  std::string out;
  for (const auto& one : *all)
    out += (out.empty() ? "" : " ") + one.name + '@' + one.version + (one.is_active ? "*" : "")
           + (one.is_default ? "!" : "");
  return out;
}

errc code_of(const result<void>& what) {
  return what ? errc{} : what.error().code;
}

void put(store::policy_store& in, const std::string& name, const std::string& version,
         std::chrono::seconds age = 0s) {
  REQUIRE(in.put(entry(name, version, age), "{}" + name + version));
}

} // namespace

void check_policy_contract(const policies_maker& make) {
  const auto policies = make();
  SUBCASE("a version is kept as it was put, with who set it and when") {
    REQUIRE(policies->put(entry("a", "1"), "{\"x\": \"\xc3\xa4'\"}"));
    CHECK(*policies->document("a", "1") == "{\"x\": \"\xc3\xa4'\"}");
    const auto all = policies->list();
    REQUIRE(all);
    REQUIRE(all->size() == 1);
    CHECK(all->front().digest == "digest of a1");
    CHECK(all->front().author == "alice");
    CHECK(all->front().created == now);
    CHECK(policies->document("a", "2").error().code == errc::not_found);
  }
  SUBCASE("a version never changes, and the same once more is no failure") {
    put(*policies, "a", "1");
    put(*policies, "a", "1");
    auto other = entry("a", "1");
    other.digest = "another";
    CHECK(code_of(policies->put(other, "{}")) == errc::conflict);
    CHECK(*policies->document("a", "1") == "{}a1");
    CHECK(listed(*policies) == "a@1");
  }
  SUBCASE("a full store takes no more, nor what is over its limits") {
    for (const auto* const version : {"1", "2", "3"})
      put(*policies, "a", version);
    CHECK(code_of(policies->put(entry("a", "4"), "{}")) == errc::exhausted);
    put(*policies, "a", "3");
    REQUIRE(policies->erase("a", "1"));
    CHECK(code_of(policies->put(entry("a", "4"), std::string(store::max_policy_bytes + 1, ' ')))
          == errc::too_large);
    CHECK(code_of(policies->put(entry(std::string(65, 'a'), "4"), "{}")) == errc::too_large);
    CHECK(code_of(policies->put(entry("a", std::string(65, '4')), "{}")) == errc::too_large);
    put(*policies, "a", "4");
  }
  SUBCASE("versions are listed by name, the oldest first") {
    put(*policies, "b", "1", 1s);
    put(*policies, "a", "1", 2s);
    put(*policies, "a", "0", 1s);
    CHECK(listed(*policies) == "a@1 a@0 b@1");
  }
  SUBCASE("one version of a name is active, and one of all is the default") {
    put(*policies, "a", "1", 3s);
    put(*policies, "a", "2", 2s);
    put(*policies, "b", "1", 1s);
    REQUIRE(policies->activate("a", "1", scope::by_name));
    CHECK(listed(*policies) == "a@1* a@2 b@1");
    REQUIRE(policies->activate("a", "2", scope::everybody));
    CHECK(listed(*policies) == "a@1 a@2*! b@1");
    REQUIRE(policies->activate("a", "1", scope::by_name)); // the default goes with the name
    CHECK(listed(*policies) == "a@1*! a@2 b@1");
    REQUIRE(policies->activate("b", "1", scope::everybody));
    CHECK(listed(*policies) == "a@1* a@2 b@1*!");
    REQUIRE(policies->deactivate("b"));
    CHECK(listed(*policies) == "a@1* a@2 b@1");
    CHECK(code_of(policies->deactivate("b")) == errc::not_found);
    CHECK(code_of(policies->activate("b", "2", scope::everybody)) == errc::not_found);
    CHECK(listed(*policies) == "a@1* a@2 b@1");
  }
  SUBCASE("what is active stays, and what is not may go") {
    put(*policies, "a", "1", 2s);
    put(*policies, "a", "2", 1s);
    REQUIRE(policies->activate("a", "1", scope::by_name));
    CHECK(code_of(policies->erase("a", "1")) == errc::conflict);
    CHECK(policies->erase("a", "2"));
    CHECK(code_of(policies->erase("a", "2")) == errc::not_found);
    CHECK(listed(*policies) == "a@1*");
  }
  SUBCASE("its number grows when another version becomes active, or none") {
    put(*policies, "a", "1");
    const auto first = *policies->generation();
    REQUIRE(policies->activate("a", "1", scope::by_name));
    const auto second = *policies->generation();
    CHECK(second > first);
    REQUIRE(policies->deactivate("a"));
    CHECK(*policies->generation() > second);
  }
}

void check_shared_policy_contract(const policies_maker& make) {
  const auto one = make();
  const auto other = make();
  put(*one, "a", "1");
  const auto before = *other->generation();
  REQUIRE(one->activate("a", "1", scope::everybody));
  CHECK(listed(*other) == "a@1*!");
  CHECK(*other->generation() > before);
  CHECK(code_of(other->erase("a", "1")) == errc::conflict);
  // Who activate at the same time leave one version active, and it the default.
  put(*one, "a", "2");
  const auto activate = [](store::policy_store& in, const char* version) {
    return std::thread{[&in, version] {
      for (int n = 0; n < 10; ++n)
        (void)in.activate("a", version, scope::everybody);
    }};
  };
  auto first = activate(*one, "1");
  auto second = activate(*other, "2");
  first.join();
  second.join();
  const auto text = listed(*one);
  CHECK(std::ranges::count(text, '*') == 1);
  CHECK(std::ranges::count(text, '!') == 1);
  CHECK(text == listed(*other));
}

} // namespace troth::testing
