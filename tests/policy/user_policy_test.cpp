#include "shared/policy/user_policy.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::policy;
using report::status;

namespace {

report::attestation_result result_of(status says) {
  report::attestation_result out;
  out.summary.says = says;
  return out;
}

user_policies scripts(replacing replaces = replacing::refused, std::size_t count = 1) {
  user_policies out;
  for (std::size_t n = 0; n < count; ++n)
    out.scripts.push_back({"script " + std::to_string(n), std::to_string(n)});
  out.replaces = replaces;
  return out;
}

script_runner saying(const result<script_answer>& answer) {
  return [=](std::string_view, byte_view) { return answer; };
}

script_runner replacing_by(const std::string& text) {
  return saying(script_answer{true, text});
}

/// Returns the code of the only finding, which fails.
std::string code(const report::attestation_result& of) {
  REQUIRE(of.findings.size() == 1);
  CHECK((of.findings.front().says == report::outcome::fail));
  CHECK((of.summary.says == status::fail));
  CHECK(of.summary.error_codes
        == std::vector<report::error_code>{report::error_code::verify_policies});
  return of.findings.front().code;
}

constexpr const char* success = R"({"summary":{"status":"success"}})";
constexpr const char* failure = R"({"summary":{"status":"fail"}})";

} // namespace

TEST_SUITE_BEGIN("policy/user_policy");

TEST_CASE("a script that passes leaves the verdict as it is") {
  for (const auto says : {status::success, status::warn, status::fail}) {
    auto value = result_of(says);
    CHECK(judge(value, scripts(), saying(script_answer{true, {}})));
    CHECK((value.summary.says == says));
    REQUIRE(value.findings.size() == 1);
    CHECK(value.findings.front().rule == "policy.script");
    CHECK((value.findings.front().says == report::outcome::pass));
  }
}

TEST_CASE("a script that says no, or does not end well, makes the result fail") {
  auto refused = result_of(status::success);
  CHECK(judge(refused, scripts(), saying(script_answer{})));
  CHECK(code(refused) == "policy.script");
  auto explained = result_of(status::success);
  CHECK(judge(explained, scripts(), saying(script_answer{false, {}, "no such signer"})));
  CHECK(code(explained) == "policy.script");
  CHECK(explained.findings.front().got == "false");
  CHECK(explained.findings.front().detail == "no such signer");
  for (const auto why :
       {errc::malformed, errc::timeout, errc::exhausted, errc::forbidden, errc::too_large}) {
    auto value = result_of(status::success);
    CHECK(judge(value, scripts(), saying(error{why, "because"})));
    CHECK(code(value) == name(why));
    CHECK(value.findings.front().got == name(why));
    CHECK(value.findings.front().expected == "true");
  }
}

TEST_CASE("a helper that is missing gives no verdict") {
  auto value = result_of(status::success);
  const auto judged = judge(value, scripts(), saying(error{errc::unavailable, "none"}));
  REQUIRE(!judged);
  CHECK(judged.error().code == errc::unavailable);
}

TEST_CASE("a replacement is taken only where it is allowed") {
  auto value = result_of(status::success);
  CHECK(!*judge(value, scripts(), replacing_by(success)));
  CHECK(code(value) == "forbidden");
  auto other = result_of(status::success);
  CHECK(*judge(other, scripts(replacing::allowed), replacing_by(success)) == success);
  CHECK((other.summary.says == status::success));
}

TEST_CASE("a replacement that would make the result better is refused") {
  for (const auto says : {status::warn, status::fail}) {
    auto value = result_of(says);
    CHECK(!*judge(value, scripts(replacing::allowed), replacing_by(success)));
    CHECK(code(value) == "forbidden");
  }
  auto value = result_of(status::success);
  CHECK(*judge(value, scripts(replacing::allowed), replacing_by(failure)) == failure);
}

TEST_CASE("a replacement with a status that nobody knows says fail") {
  constexpr const char* splendid = R"({"summary":{"status":"splendid"}})";
  auto failed = result_of(status::fail);
  CHECK(*judge(failed, scripts(replacing::allowed), replacing_by(splendid)) == splendid);
  auto value = result_of(status::success);
  CHECK(*judge(value, scripts(replacing::allowed), replacing_by(splendid)) == splendid);
}

TEST_CASE("a replacement that is no result is refused") {
  for (const auto* const text : {"7", "[]", "{}", R"({"summary":7})", R"({"summary":{}})"}) {
    CAPTURE(text);
    auto value = result_of(status::success);
    CHECK(!*judge(value, scripts(replacing::allowed), replacing_by(text)));
    CHECK(code(value) == "malformed");
  }
}

TEST_CASE("all scripts run, and one that says no undoes what another put in the result's place") {
  auto value = result_of(status::success);
  const auto judged = judge(value, scripts(replacing::allowed, 2),
                            [](std::string_view script, byte_view json) -> result<script_answer> {
                              if (script == "0")
                                return script_answer{true, success};
                              CHECK(to_text(json) == success);
                              return script_answer{};
                            });
  REQUIRE(judged);
  CHECK(!*judged);
  CHECK((value.summary.says == status::fail));
  CHECK(value.findings.size() == 2);
}

TEST_SUITE_END();
