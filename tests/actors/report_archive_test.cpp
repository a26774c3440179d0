#include "actors/report_archive.hpp"

#include "shared/store/memory_report_store.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace std::chrono_literals;

namespace {

constexpr time_point now{1'800'000'000s};
const actors::kept_report example{
  {'{', '}'}, bytes(8, 1), now, "challenge", {{"0a", {7}}, {"0b", {}}}};

} // namespace

TEST_SUITE_BEGIN("actors/report_archive");

TEST_CASE("what is kept of an appraisal reads back") {
  const auto read = actors::parse_kept_report(actors::write_kept_report(example));
  REQUIRE(read);
  CHECK(read->report == example.report);
  CHECK(read->nonce == example.nonce);
  CHECK(read->when == example.when);
  CHECK(read->freshness_source == "challenge");
  CHECK(read->left_out == example.left_out);
}

TEST_CASE("what is not what was kept is refused") {
  const auto written = actors::write_kept_report(example);
  const auto parse = [](byte_view input) { return actors::parse_kept_report(input); };
  testing::check_prefixes(written, parse);
  const auto refusal = [&](std::size_t at, std::uint8_t put) {
    auto bad = written;
    bad.at(at) = put;
    return name(parse(bad).error().code);
  };
  CHECK(refusal(0, 0x85) == "malformed");
  CHECK(refusal(1, 0x02) == "unsupported");
  CHECK(refusal(2, 0x62) == "malformed"); // a text
  auto longer = written;
  longer.push_back(0);
  CHECK(parse(longer).error().code == errc::trailing);
}

TEST_CASE("what is kept is there once it was written, and for its lifetime") {
  std::vector<std::string> notes;
  const auto store = std::make_shared<store::memory_report_store>(store::report_limits{2, 100});
  actors::report_archive archive{store, 60s,
                                 [&](const std::string& what) { notes.push_back(what); }};
  archive.keep("a", example);
  CHECK(!archive.find("a", now));
  archive.flush(now);
  CHECK(archive.find("a", now + 59s));
  CHECK(!archive.find("a", now + 60s));
  archive.keep("", example);
  archive.flush(now);
  CHECK(!archive.find("", now));
  CHECK(notes.empty());
  auto large = example;
  large.report.resize(101);
  archive.keep("b", large);
  archive.flush(now);
  REQUIRE(notes.size() == 1);
  CHECK(notes.front().starts_with("reports: too_large"));
}

TEST_CASE("where nobody wants it nothing is kept") {
  const auto store = std::make_shared<store::memory_report_store>(store::report_limits{});
  actors::report_archive archive{store, 0s, [](const std::string&) {}};
  archive.keep("a", example);
  archive.flush(now);
  CHECK(!archive.keeps());
  CHECK(!archive.find("a", now));
}

TEST_SUITE_END();
