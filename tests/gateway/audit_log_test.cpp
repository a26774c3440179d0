#include "services/gateway/audit_log.hpp"

#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

using namespace troth;
using namespace troth::services;

namespace {

const audit_entry an_entry{"00ff", "rest", "token alice", "POST /v1/appraisals", "ok"};

time_point noon() {
  return *parse_time("2026-11-24T12:00:00Z");
}

std::string content_of(const std::string& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Three entries, as a file has them.
std::string three_lines() {
  const testing::temporary_folder folder;
  const auto file = (folder.path() / "audit").string();
  const auto log = audit_log::open(file, noon);
  for (const auto* outcome : {"ok", "forbidden", "untrusted"}) {
    auto entry = an_entry;
    entry.outcome = outcome;
    (void)(*log)->add(entry);
  }
  return content_of(file);
}

std::string refusal(const std::string& content) {
  const auto checked = check_audit(content);
  return checked ? "none" : to_string(checked.error());
}

} // namespace

TEST_SUITE_BEGIN("gateway/audit_log");

TEST_CASE("a line says who asked for what, and what was decided") {
  CHECK(write_audit_line(an_entry, noon(), {7, "abc"})
        == R"({"number":8,"time":"2026-11-24T12:00:00.000000000Z","request":"00ff","door":"rest",)"
           R"("caller":"token alice","action":"POST /v1/appraisals","outcome":"ok",)"
           R"("previous":"abc"})");
  const auto odd = write_audit_line({"", "", "\n\x1b[2J\xff\"", "", ""}, noon(), {});
  CHECK(odd.find('\n') == std::string::npos);
  CHECK(odd.find('\x1b') == std::string::npos);
}

TEST_CASE("entries make a chain that goes on when the file is opened again") {
  const testing::temporary_folder folder;
  const auto file = (folder.path() / "audit").string();
  for (std::uint64_t count = 1; count <= 3; ++count) {
    const auto log = audit_log::open(file, noon);
    REQUIRE(log);
    REQUIRE((*log)->add(an_entry));
    CHECK((*log)->tail().count == count);
    const auto checked = check_audit(content_of(file));
    REQUIRE(checked);
    CHECK(checked->count == count);
    CHECK(checked->hash == (*log)->tail().hash);
  }
  struct stat found {};
  REQUIRE(stat(file.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777U) == 0600U);
}

TEST_CASE("what was changed, taken out or put in is noticed") {
  const auto good = three_lines();
  REQUIRE(check_audit(good));
  CHECK(check_audit("")->count == 0);
  auto changed = good;
  changed.replace(changed.find("forbidden"), 9, "ok       ");
  CHECK(refusal(changed).starts_with("conflict: audit: line 3: does not follow"));
  const auto second = good.find('\n') + 1;
  const auto third = good.find('\n', second) + 1;
  CHECK(refusal(good.substr(second)).starts_with("conflict: audit: line 1: has another number"));
  CHECK(refusal(good.substr(0, second) + good.substr(third))
          .starts_with("conflict: audit: line 2: has another number"));
  CHECK(refusal(good.substr(0, third) + good.substr(second))
          .starts_with("conflict: audit: line 3: has another number"));
  CHECK(refusal(good.substr(0, second) + "{}\n" + good.substr(second))
          .starts_with("conflict: audit: line 2: "));
  CHECK(
    refusal(good.substr(0, second) + "no JSON\n").starts_with("conflict: audit: line 2: is no"));
  CHECK(refusal(good.substr(0, good.size() - 1)).starts_with("truncated: audit: line 3"));
}

TEST_CASE("a file whose chain is broken, or that is none, is not opened") {
  const testing::temporary_folder folder;
  const auto file = (folder.path() / "audit").string();
  std::ofstream{file} << "{}\n";
  CHECK(audit_log::open(file, noon).error().code == errc::conflict);
  CHECK(audit_log::open(folder.path().string(), noon).error().code == errc::io);
  CHECK(audit_log::open("/none/audit", noon).error().code == errc::io);
}

TEST_CASE("a file has one writer at a time") {
  const testing::temporary_folder folder;
  const auto file = (folder.path() / "audit").string();
  auto first = *audit_log::open(file, noon);
  const auto second = audit_log::open(file, noon);
  REQUIRE(!second);
  CHECK(to_string(second.error()) == "conflict: audit: another process is the writer of " + file);
  first.reset();
  CHECK(audit_log::open(file, noon));
}

TEST_CASE("lines are read from any number on, whole and as they were written") {
  const testing::temporary_folder folder;
  const auto file = (folder.path() / "audit").string();
  {
    const auto log = audit_log::open(file, noon);
    for (int n = 0; n < 600; ++n)
      REQUIRE((*log)->add(an_entry));
  }
  const auto log = audit_log::open(file, noon);
  REQUIRE(log);
  REQUIRE((*log)->add(an_entry));
  const auto content = content_of(file);
  CHECK(*(*log)->read(0) == content);
  CHECK(*(*log)->read(1) == content);
  for (const std::uint64_t first : {2U, 256U, 257U, 512U, 513U, 601U}) {
    const auto lines = (*log)->read(first);
    REQUIRE(lines);
    CHECK(lines->starts_with("{\"number\":" + std::to_string(first) + ','));
    CHECK(content.ends_with(*lines));
  }
  CHECK((*log)->read(602)->empty());
  for (int n = 0; n < 5'000; ++n)
    REQUIRE((*log)->add(an_entry));
  const auto some = (*log)->read(2);
  REQUIRE(some);
  CHECK(some->size() <= std::size_t{1024} * 1024);
  CHECK(some->ends_with('\n'));
}

TEST_SUITE_END();
