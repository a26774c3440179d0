#include "shared/store/open.hpp"
#include "tests/store/contract.hpp"
#include "tests/support/temporary_folder.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <fstream>
#include <thread>

using namespace troth;
using namespace std::chrono_literals;

namespace {

constexpr time_point now{1'800'000'000s};

std::string url_of(const std::filesystem::path& file) {
  return "sqlite3://" + file.string();
}

} // namespace

TEST_SUITE_BEGIN("store/sqlite");

TEST_CASE("a SQLite file keeps the contract of a store") {
  const testing::temporary_folder folder;
  const auto make = [&](std::size_t capacity) {
    auto opened = testing::open_challenges(url_of(folder.path() / "a store.db"), capacity);
    REQUIRE(opened);
    return *std::move(opened);
  };
  SUBCASE("alone") {
    testing::check_store_contract(make);
  }
  SUBCASE("shared") {
    testing::check_shared_store_contract(make);
  }
}

TEST_CASE("a SQLite file keeps the contract of a store of policies") {
  const testing::temporary_folder folder;
  const auto make = [&] {
    auto opened = store::open_stores(url_of(folder.path() / "store.db"), {.policies = 3});
    REQUIRE(opened);
    return opened->policies;
  };
  SUBCASE("alone") {
    testing::check_policy_contract(make);
  }
  SUBCASE("shared") {
    testing::check_shared_policy_contract(make);
  }
}

TEST_CASE("a SQLite file keeps the contract of a store of reference values") {
  const testing::temporary_folder folder;
  testing::check_reference_contract([&] {
    return store::open_stores(url_of(folder.path() / "store.db"), {.references = 3})->references;
  });
}

TEST_CASE("a SQLite file keeps what verifiers learn") {
  const testing::temporary_folder folder;
  const auto opened = store::open_stores(
    url_of(folder.path() / "store.db"),
    {.versions = 3, .peer_bytes = 100, .outcomes = {2, 100}, .reports = {2, 100}});
  REQUIRE(opened);
  SUBCASE("of versions") {
    testing::check_version_contract(*opened->versions);
  }
  SUBCASE("of peers") {
    testing::check_peer_contract(*opened->peers);
  }
  SUBCASE("and the outcomes of requests") {
    testing::check_outcome_contract(*opened->outcomes);
  }
  SUBCASE("and reports") {
    testing::check_report_contract(*opened->reports);
  }
}

TEST_CASE("a file of an earlier build gets the tables that it lacks") {
  const testing::temporary_folder folder;
  const auto file = folder.path() / "store.db";
  {
    REQUIRE(testing::open_challenges(url_of(file), 1));
    soci::session sql{soci::sqlite3, file.string()};
    for (const auto& table : testing::store_tables())
      if (table != "challenge" && table != "schema")
        sql << "DROP TABLE troth_" + table;
    sql << "DELETE FROM troth_schema WHERE name <> 'challenge'";
  }
  const auto opened = store::open_stores(url_of(file), {});
  REQUIRE(opened);
  CHECK(opened->policies->list());
}

TEST_CASE("a challenge outlives the process that put it") {
  const testing::temporary_folder folder;
  const auto url = url_of(folder.path() / "store.db");
  REQUIRE((*testing::open_challenges(url, 1))->put("a", bytes{7}, now + 1s, now));
  CHECK(*(*testing::open_challenges(url, 1))->take("a", now) == bytes{7});
}

TEST_CASE("only its owner may read the file") {
  const testing::temporary_folder folder;
  const auto file = folder.path() / "store.db";
  REQUIRE(testing::open_challenges(url_of(file), 1));
  using std::filesystem::perms;
  CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));
}

TEST_CASE("a file that is no database, or cannot be made, is refused at once") {
  const testing::temporary_folder folder;
  const auto file = folder.path() / "store.db";
  std::ofstream{file} << std::string(4096, 'x');
  CHECK(testing::open_challenges(url_of(file), 1).error().code == errc::io);
  CHECK(testing::open_challenges(url_of(folder.path() / "none" / "store.db"), 1).error().code
        == errc::io);
  CHECK(testing::open_challenges(url_of(folder.path()), 1).error().code == errc::io);
}

TEST_CASE("tables of a newer build are refused") {
  const testing::temporary_folder folder;
  const auto file = folder.path() / "store.db";
  REQUIRE(testing::open_challenges(url_of(file), 1));
  soci::session sql{soci::sqlite3, file.string()};
  sql << "UPDATE troth_schema SET version = 2";
  CHECK(testing::open_challenges(url_of(file), 1).error().code == errc::unsupported);
}

TEST_CASE("tables that somebody dropped fail the call and are made anew after it") {
  const testing::temporary_folder folder;
  const auto file = folder.path() / "store.db";
  const auto challenges = *testing::open_challenges(url_of(file), 1);
  {
    soci::session sql{soci::sqlite3, file.string()};
    for (const auto& table : testing::store_tables())
      sql << "DROP TABLE troth_" + table;
  }
  CHECK(challenges->take("a", now).error().code == errc::io);
  std::this_thread::sleep_for(600ms); // the pause before it connects again
  CHECK(challenges->put("a", bytes{7}, now + 1s, now));
}

TEST_CASE("a password file that cannot be read is refused") {
  const testing::temporary_folder folder;
  const auto file = folder.path() / "password";
  const auto code_of = [&] {
    return testing::open_challenges("memory://", 1, file.string()).error().code;
  };
  CHECK(code_of() == errc::io);
  std::ofstream{file} << "\n";
  CHECK(code_of() == errc::io);
  std::ofstream{file} << std::string(5000, 'x');
  CHECK(code_of() == errc::io);
  std::ofstream{file} << "secret\n";
  CHECK(testing::open_challenges("memory://", 1, file.string()));
}

TEST_SUITE_END();
