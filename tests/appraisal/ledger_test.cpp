#include "shared/appraisal/ledger.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::appraisal;
using report::outcome;
using report::status;

namespace {

constexpr rule firm{"test.firm", "clause", report::error_code::parse, false};
constexpr rule soft{"test.soft", "clause", report::error_code::expired, true};

policy leaving_out(std::string id) {
  policy out;
  out.not_checked = {std::move(id)};
  return out;
}

} // namespace

TEST_SUITE_BEGIN("appraisal/ledger");

TEST_CASE("nothing found is a fail") {
  const policy rules;
  CHECK(ledger{rules}.conclude().says == status::fail);
}

TEST_CASE("passes alone are a success") {
  const policy rules;
  ledger book{rules};
  book.check(firm, "a", true);
  book.check(soft, "b", true);
  CHECK(book.conclude().says == status::success);
}

TEST_CASE("one fail outweighs every pass and names its code once") {
  const policy rules;
  ledger book{rules};
  book.check(firm, "a", true);
  book.check(soft, "b", false);
  book.check(soft, "c", false);
  const auto verdict = book.conclude();
  CHECK(verdict.says == status::fail);
  CHECK(verdict.error_codes == std::vector{report::error_code::expired});
}

TEST_CASE("a fault says what was there, were it nothing") {
  const policy rules;
  ledger book{rules};
  CHECK(book.check(firm, "a", false, {"", "a nonce"}).got.empty()); // as in the reference's result
  book.warn(firm, "b", {"", "a nonce"});
  book.check(firm, "c", true, {"", "a nonce"});
  const auto said = std::move(book).take();
  REQUIRE(said.size() == 3);
  CHECK(said[0].got == "nothing");
  CHECK(said[0].expected == "a nonce");
  CHECK(said[1].got == "nothing");
  CHECK(said[2].got.empty());
}

TEST_CASE("a check that could not be made is a warning, unless the policy names it") {
  const policy rules;
  ledger book{rules};
  book.check(firm, "a", true);
  book.not_checked(soft, "b", "nothing to look at");
  CHECK(book.conclude().says == status::warn);

  const auto lenient = leaving_out("test.soft");
  ledger named{lenient};
  named.check(firm, "a", true);
  named.not_checked(soft, "b", "nothing to look at");
  CHECK(named.conclude().says == status::success);
}

TEST_CASE("a rule that the policy names is not checked, whether it holds or not") {
  const auto rules = leaving_out("test.soft");
  ledger book{rules};
  book.check(firm, "a", true);
  book.check(soft, "b", false);
  book.check(soft, "c", true);
  CHECK(book.conclude().says == status::success);
  const auto findings = std::move(book).take();
  CHECK(findings[1].says == outcome::not_checked);
  CHECK(findings[2].says == outcome::not_checked);
}

TEST_CASE("a rule that holds the rest up cannot be left out") {
  const auto rules = leaving_out("test.firm");
  ledger book{rules};
  book.check(soft, "a", true);
  book.check(firm, "b", false);
  CHECK(book.conclude().says == status::fail);
  CHECK(std::move(book).take()[1].says == outcome::fail);
}

TEST_CASE("named skips and no pass are a fail") {
  const auto rules = leaving_out("test.soft");
  ledger book{rules};
  book.check(soft, "a", true);
  CHECK(book.conclude().says == status::fail);
}

TEST_CASE("a verdict over a part looks at that part alone") {
  const policy rules;
  ledger book{rules};
  book.check(firm, "a", false);
  const auto first = book.size();
  book.check(firm, "b", true);
  CHECK(book.conclude(first).says == status::success);
  CHECK(book.conclude().says == status::fail);
}

TEST_CASE("a failure says the parser's code and place") {
  const policy rules;
  ledger book{rules};
  const auto shown = book.fail(firm, "a", {errc::truncated, "x.y at byte 3"}, "a thing");
  CHECK(shown.says == status::fail);
  const auto findings = std::move(book).take();
  CHECK(findings[0].code == "truncated");
  CHECK(findings[0].detail == "x.y at byte 3");
  CHECK(findings[0].expected == "a thing");
  CHECK(std::string{findings[0].clause} == "clause");
}

TEST_CASE("every rule has its own id, a clause and a prefix of what it judges") {
  std::set<std::string_view> ids;
  for (const auto& rule : all_rules()) {
    CAPTURE(std::string{rule.id});
    CHECK(ids.insert(rule.id).second);
    CHECK(!rule.clause.empty());
    CHECK(rule.id.find('.') != std::string_view::npos);
  }
}

TEST_SUITE_END();
