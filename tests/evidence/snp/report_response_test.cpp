#include "shared/evidence/snp/report_response.hpp"

#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using evidence::snp::parse_report_response;

namespace {

/// MSG_REPORT_RSP: status, size, 24 reserved bytes, the report, and the rest of the kernel's
/// buffer.
bytes response() {
  bytes out(4000);
  out[4] = 0xa0;
  out[5] = 0x04;
  out[32] = 0x03;
  out[32 + 1183] = 0x07;
  return out;
}

} // namespace

TEST_SUITE_BEGIN("evidence/snp/report_response");

TEST_CASE("a report is taken out of the firmware's answer") {
  const auto report = parse_report_response(response());
  REQUIRE(report);
  CHECK(report->size() == 1184);
  CHECK(report->front() == 0x03);
  CHECK(report->back() == 0x07);
}

TEST_CASE("an answer without a report, or cut, is refused") {
  check_mutations(response(),
                  {{0, 0x16, errc::unsupported, "snp.report_response.status: 22"},
                   {4, 0xa1, errc::malformed, "snp.report_response.report_size at byte 4"}},
                  parse_report_response);
  auto whole = response();
  whole.resize(32 + 1184);
  check_prefixes(whole, parse_report_response);
}

TEST_SUITE_END();
