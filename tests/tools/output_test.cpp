#include "tools/testtool/output.hpp"

#include "shared/report/result.hpp"
#include "tests/support/hex.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using namespace troth::testtool;

namespace {

constexpr std::string_view failed = R"({"summary": {"status": "fail"}, "troth": {"findings": [
  {"rule": "tpm.nonce", "outcome": "pass"}, {"rule": "tpm.event", "outcome": "fail"},
  {"rule": "tpm.event", "outcome": "fail"}, {"rule": "tpm.pcr_digest", "outcome": "fail"}]}})";

} // namespace

TEST_SUITE_BEGIN("tools/output");

TEST_CASE("a result in JSON comes out as it came in, or as a table") {
  const auto json = present(to_bytes(failed), {output_format::json, {}});
  REQUIRE(json);
  CHECK(json->says == verdict::fail);
  CHECK(json->text == std::string{failed} + "\n");
  CHECK(json->failed_rules == std::vector<std::string>{"tpm.event", "tpm.pcr_digest"});
  const auto table = present(to_bytes(failed), {output_format::table, {}});
  REQUIRE(table);
  CHECK(table->text.starts_with("FAIL  attestation of an unnamed machine\n"));
}

TEST_CASE("a result in CBOR comes out as it came in, its verdict read") {
  using report::status;
  for (const auto& [says, expected] : {std::pair{status::success, verdict::success},
                                       {status::warn, verdict::warn},
                                       {status::fail, verdict::fail}}) {
    report::attestation_result result;
    result.summary.says = says;
    const auto whole = report::write_result(result, report::encoding::cbor);
    const auto shown = present(whole, {output_format::cbor, {}});
    REQUIRE(shown);
    CHECK(shown->says == expected);
    CHECK(to_bytes(shown->text) == whole);
  }
}

TEST_CASE("what is no result is an error, never a verdict") {
  for (const auto* text : {"", "[", "7", "[]", "{\"summary\""})
    CHECK(!present(to_bytes(text), {output_format::table, {}}));
  for (const auto& raw : {""_hex, "a0"_hex, "a102a0"_hex, "a102a1"_hex,
                          "a102a1006473617665"_hex, // the status has no number
                          "01"_hex})
    CHECK(!present(raw, {output_format::cbor, {}}));
}

TEST_CASE("verdicts and refusals have their exit codes") {
  CHECK(exit_code_for(verdict::success) == 0);
  CHECK(exit_code_for(verdict::fail) == 1);
  CHECK(exit_code_for(verdict::warn) == 3);
  const std::pair<errc, int> rows[]
    = {{errc::no_challenge, 1}, {errc::too_large, 1},   {errc::conflict, 4},
       {errc::malformed, 2},    {errc::unknown_key, 2}, {errc::not_found, 4},
       {errc::io, 4},           {errc::timeout, 4},     {errc::unavailable, 4},
       {errc::forbidden, 5},    {errc::untrusted, 5},   {errc::unauthenticated, 5},
       {errc::internal, 6}};
  for (const auto& [code, exit] : rows) {
    CAPTURE(std::string{name(code)});
    CHECK(exit_code_for_refusal(code) == exit);
  }
}

TEST_SUITE_END();
