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
    auto opened = store::open_challenge_store(url_of(folder.path() / "a store.db"), capacity);
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

TEST_CASE("a challenge outlives the process that put it") {
  const testing::temporary_folder folder;
  const auto url = url_of(folder.path() / "store.db");
  REQUIRE((*store::open_challenge_store(url, 1))->put("a", bytes{7}, now + 1s, now));
  CHECK(*(*store::open_challenge_store(url, 1))->take("a", now) == bytes{7});
}

TEST_CASE("only its owner may read the file") {
  const testing::temporary_folder folder;
  const auto file = folder.path() / "store.db";
  REQUIRE(store::open_challenge_store(url_of(file), 1));
  using std::filesystem::perms;
  CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));
}

TEST_CASE("a file that is no database, or cannot be made, is refused at once") {
  const testing::temporary_folder folder;
  const auto file = folder.path() / "store.db";
  std::ofstream{file} << std::string(4096, 'x');
  CHECK(store::open_challenge_store(url_of(file), 1).error().code == errc::io);
  CHECK(store::open_challenge_store(url_of(folder.path() / "none" / "store.db"), 1).error().code
        == errc::io);
  CHECK(store::open_challenge_store(url_of(folder.path()), 1).error().code == errc::io);
}

TEST_CASE("tables of a newer build are refused") {
  const testing::temporary_folder folder;
  const auto file = folder.path() / "store.db";
  REQUIRE(store::open_challenge_store(url_of(file), 1));
  soci::session sql{soci::sqlite3, file.string()};
  sql << "UPDATE troth_schema SET version = 2";
  CHECK(store::open_challenge_store(url_of(file), 1).error().code == errc::unsupported);
}

TEST_CASE("tables that somebody dropped fail the call and are made anew after it") {
  const testing::temporary_folder folder;
  const auto file = folder.path() / "store.db";
  const auto challenges = *store::open_challenge_store(url_of(file), 1);
  {
    soci::session sql{soci::sqlite3, file.string()};
    sql << "DROP TABLE troth_challenge";
    sql << "DROP TABLE troth_schema";
  }
  CHECK(challenges->take("a", now).error().code == errc::io);
  std::this_thread::sleep_for(600ms); // the pause before it connects again
  CHECK(challenges->put("a", bytes{7}, now + 1s, now));
}

TEST_CASE("a password file that cannot be read is refused") {
  const testing::temporary_folder folder;
  const auto file = folder.path() / "password";
  const auto code_of = [&] {
    return store::open_challenge_store("memory://", 1, file.string()).error().code;
  };
  CHECK(code_of() == errc::io);
  std::ofstream{file} << "\n";
  CHECK(code_of() == errc::io);
  std::ofstream{file} << std::string(5000, 'x');
  CHECK(code_of() == errc::io);
  std::ofstream{file} << "secret\n";
  CHECK(store::open_challenge_store("memory://", 1, file.string()));
}

TEST_SUITE_END();
