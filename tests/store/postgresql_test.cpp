// Runs against the server that postgresql_test.py starts for it.

#include "shared/store/open.hpp"
#include "tests/store/contract.hpp"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

using namespace troth;
using namespace std::chrono_literals;

namespace {

constexpr time_point now{1'800'000'000s};

std::string variable(const char* name) {
  const auto* value = std::getenv(name);
  return value ? value : "";
}

std::shared_ptr<store::challenge_store> open(std::size_t capacity) {
  auto opened = testing::open_challenges(variable("TROTH_TEST_POSTGRESQL"), capacity,
                                         variable("TROTH_TEST_POSTGRESQL_PASSWORD_FILE"));
  REQUIRE(opened);
  return *std::move(opened);
}

/// A session with the server's owner, who may do anything.
soci::session owner() {
  return {soci::postgresql, variable("TROTH_TEST_POSTGRESQL_OWNER")};
}

void control(const std::string& action) {
  REQUIRE(std::system((variable("TROTH_TEST_POSTGRESQL_CONTROL") + " " + action).c_str()) == 0);
}

/// Skips a case where there is no server.
doctest::skip unless_there() {
  return doctest::skip{variable("TROTH_TEST_POSTGRESQL").empty()};
}

void drop_tables() {
  auto sql = owner();
  sql << "SET client_min_messages = warning";
  for (const auto& table : testing::store_tables())
    sql << "DROP TABLE IF EXISTS troth_" + table;
}

} // namespace

TEST_SUITE_BEGIN("store/postgresql");

TEST_CASE("a PostgreSQL database keeps the contract of a store" * unless_there()) {
  drop_tables();
  SUBCASE("alone") {
    testing::check_store_contract(open);
  }
  SUBCASE("shared") {
    testing::check_shared_store_contract(open);
  }
}

TEST_CASE("a PostgreSQL database keeps the contract of a store of policies" * unless_there()) {
  drop_tables();
  const auto make = [] {
    auto opened = store::open_stores(variable("TROTH_TEST_POSTGRESQL"), {.policies = 3},
                                     variable("TROTH_TEST_POSTGRESQL_PASSWORD_FILE"));
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

TEST_CASE("a PostgreSQL database keeps the contract of a store of reference values"
          * unless_there()) {
  drop_tables();
  testing::check_reference_contract([] {
    auto opened = store::open_stores(variable("TROTH_TEST_POSTGRESQL"), {.references = 3},
                                     variable("TROTH_TEST_POSTGRESQL_PASSWORD_FILE"));
    REQUIRE(opened);
    return opened->references;
  });
}

TEST_CASE("a PostgreSQL database keeps what verifiers learn" * unless_there()) {
  drop_tables();
  const auto opened = store::open_stores(
    variable("TROTH_TEST_POSTGRESQL"),
    {.versions = 3, .peer_bytes = 100, .outcomes = {2, 100}, .reports = {2, 100}},
    variable("TROTH_TEST_POSTGRESQL_PASSWORD_FILE"));
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

TEST_CASE("of many that start at once one makes the tables, and all go on" * unless_there()) {
  drop_tables();
  std::vector<std::thread> threads;
  std::vector<int> good(4);
  for (auto& one : good)
    threads.emplace_back([&one] { one = open(1)->ping() ? 1 : 0; });
  for (auto& thread : threads)
    thread.join();
  CHECK(good == std::vector<int>(4, 1));
}

TEST_CASE("a connection that was cut is replaced without anybody noticing" * unless_there()) {
  drop_tables();
  const auto challenges = open(2);
  REQUIRE(challenges->put("a", bytes{7}, now + 1s, now));
  const auto cut = [] {
    auto sql = owner();
    int count = 0;
    sql << "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
           "WHERE application_name = 'troth'",
      soci::into(count);
    REQUIRE(count > 0);
    std::this_thread::sleep_for(200ms); // it ends a little later
  };
  cut();
  CHECK(challenges->put("b", bytes{8}, now + 1s, now));
  cut();
  CHECK(*challenges->take("a", now) == bytes{7});
  CHECK(challenges->take("a", now).error().code == errc::no_challenge);
  cut();
  CHECK(challenges->take("a", now).error().code == errc::unavailable); // it may have been there
  CHECK(challenges->take("a", now).error().code == errc::no_challenge);
}

TEST_CASE("a server that is away makes calls fail, and serves them when it is back"
          * unless_there()) {
  drop_tables();
  const auto challenges = open(2);
  REQUIRE(challenges->put("a", bytes{7}, now + 1s, now));
  control("stop");
  CHECK(challenges->take("a", now).error().code == errc::unavailable);
  CHECK(challenges->put("b", bytes{8}, now + 1s, now).error().code == errc::unavailable);
  CHECK(challenges->ping().error().code == errc::unavailable);
  const auto early = open(2); // a verifier may start before its database
  CHECK(early->ping().error().code == errc::unavailable);
  control("start");
  std::this_thread::sleep_for(600ms); // the pause before it connects again
  CHECK(*challenges->take("a", now) == bytes{7});
  CHECK(early->put("c", bytes{9}, now + 1s, now));
}

TEST_CASE("a role that may not create tables uses those that are there" * unless_there()) {
  drop_tables();
  REQUIRE(open(1)->ping());
  auto sql = owner();
  sql << "REVOKE CREATE ON SCHEMA public FROM troth";
  CHECK(open(1)->ping());
  drop_tables();
  CHECK(open(1)->ping().error().code == errc::unavailable);
  sql << "GRANT CREATE ON SCHEMA public TO troth";
}

TEST_CASE("a wrong password is told without the password" * unless_there()) {
  const auto wrong = testing::open_challenges(variable("TROTH_TEST_POSTGRESQL"), 1,
                                              variable("TROTH_TEST_POSTGRESQL_WRONG_FILE"));
  REQUIRE(wrong);
  const auto why = (*wrong)->ping();
  REQUIRE(!why);
  CHECK(why.error().code == errc::unavailable);
  CHECK(why.error().where.find("password authentication failed") != std::string::npos);
  CHECK(why.error().where.find("notthispassword") == std::string::npos);
}

TEST_SUITE_END();
