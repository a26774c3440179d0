#include "tests/store/contract.hpp"

#include <array>
#include <string>
#include <vector>

namespace troth::testing {

namespace {

using namespace std::chrono_literals;
using state = store::reference_store::state;

constexpr time_point now{1'800'000'000s};

store::reference_entry value(const std::string& id, std::chrono::seconds age = 0s) {
  return {id, "{\"x\": \"" + id + "\xc3\xa4'\"}", "api", "alice", now - age};
}

/// Lists as `a* b`: a star for those that count.
std::string listed(store::reference_store& in) {
  const auto all = in.list();
  REQUIRE(all);
  std::string out;
  for (const auto& one : *all)
    out += (out.empty() ? "" : " ") + one.id + (one.is_active ? "*" : "");
  return out;
}

result<void> put(store::reference_store& in, const std::vector<store::reference_entry>& values) {
  return in.put(values);
}

errc code_of(const result<void>& what) {
  return what ? errc{} : what.error().code;
}

} // namespace

void check_reference_contract(const references_maker& make) {
  const auto references = make();
  SUBCASE("a value is kept as it was put") {
    auto ends = value("b");
    ends.until = now + 1h;
    REQUIRE(put(*references, {value("a", 1s), ends}));
    const auto all = references->list();
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    CHECK(all->at(0).document == "{\"x\": \"a\xc3\xa4'\"}");
    CHECK(all->at(0).source == "api");
    CHECK(all->at(0).author == "alice");
    CHECK(all->at(0).created == now - 1s);
    CHECK(!all->at(0).until);
    CHECK(all->at(1).until == now + 1h);
  }
  SUBCASE("the same once more is no failure, and changes nothing") {
    REQUIRE(put(*references, {value("a")}));
    REQUIRE(references->set("a", state::inactive));
    REQUIRE(put(*references, {value("a"), value("a")}));
    CHECK(listed(*references) == "a");
  }
  SUBCASE("all of several are kept or none") {
    REQUIRE(put(*references, {value("a", 2s), value("b", 1s)}));
    CHECK(code_of(put(*references, {value("c"), value("d")})) == errc::exhausted);
    auto large = value("e");
    large.document.assign(store::max_reference_bytes + 1, ' ');
    CHECK(code_of(put(*references, {value("c"), large})) == errc::too_large);
    CHECK(listed(*references) == "a* b*");
    REQUIRE(put(*references, {value("a"), value("c")}));
    CHECK(listed(*references) == "a* b* c*");
  }
  SUBCASE("one counts or does not, and may go") {
    REQUIRE(put(*references, {value("a", 2s), value("b", 1s)}));
    REQUIRE(references->set("a", state::inactive));
    CHECK(listed(*references) == "a b*");
    REQUIRE(references->set("a", state::active));
    CHECK(listed(*references) == "a* b*");
    REQUIRE(references->erase("a"));
    CHECK(listed(*references) == "b*");
    CHECK(code_of(references->set("a", state::active)) == errc::not_found);
    CHECK(code_of(references->erase("a")) == errc::not_found);
  }
  SUBCASE("its number grows with every change, for who shares it, too") {
    const auto other = make();
    auto last = *other->generation();
    const auto grows = [&](const result<void>& done) {
      REQUIRE(done);
      const auto grown = *references->generation();
      CHECK(grown > last);
      last = grown;
    };
    grows(put(*references, {value("a")}));
    grows(references->set("a", state::inactive));
    grows(references->erase("a"));
    CHECK(*references->generation() == last);
  }
}

} // namespace troth::testing
