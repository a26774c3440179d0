#include "shared/store/connection.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace troth;
using namespace std::string_literals;

TEST_SUITE_BEGIN("store/connection");

TEST_CASE("the path of a SQLite file is what follows the scheme") {
  const auto where = store::parse_connection("sqlite3:///var/lib/a b=c.db", "");
  REQUIRE(where);
  CHECK(where->kind == store::engine::sqlite3);
  CHECK(where->path == "/var/lib/a b=c.db");
  CHECK(where->library == "dbname=\"/var/lib/a b=c.db\" timeout=5");
}

TEST_CASE("a PostgreSQL URL keeps its parameters, which win over ours") {
  const auto where = store::parse_connection("postgresql://troth@db:5433/troth?sslmode=verify-full"
                                             "&connect_timeout=9",
                                             "");
  REQUIRE(where);
  CHECK(where->kind == store::engine::postgresql);
  CHECK(where->library.starts_with("postgresql://troth@db:5433/troth?connect_timeout=3&"));
  CHECK(where->library.ends_with("&sslmode=verify-full&connect_timeout=9"));
}

TEST_CASE("a password is escaped on its way to the library") {
  const auto where = store::parse_connection("postgresql://troth@db/troth", "a&b=c %\xc3");
  REQUIRE(where);
  CHECK(where->library.ends_with("&password=a%26b%3Dc%20%25%C3"));
}

TEST_CASE("a URL with a password, hidden or not, is refused") {
  const std::array urls{
    "postgresql://troth:secret@db/troth",
    "postgresql://troth:@db/troth",
    "postgresql://a@b:c@db/troth",
    "postgresql://db/troth?password=secret",
    "postgresql://db/troth?user=a&password=",
    "postgresql://db/troth?user=a&password",
    "postgresql://db?password=secret&user=a",
  };
  for (const auto* url : urls) {
    CAPTURE(url);
    CHECK(store::parse_connection(url, "").error().code == errc::forbidden);
  }
  CHECK(store::parse_connection("postgresql://db/troth?%70assword=a", "").error().code
        == errc::malformed);
}

TEST_CASE("a URL of an address with colons has no password") {
  CHECK(store::parse_connection("postgresql://[::1]:5432/troth", ""));
  CHECK(store::parse_connection("postgresql:///troth?host=/run/postgresql", ""));
}

TEST_CASE("what is no URL of a store is refused") {
  for (const auto& url : {""s, "troth.db"s, "mysql://db/troth"s, "sqlite3:a"s, "memory://x"s,
                          "postgres://db/troth"s, "SQLITE3://a"s})
    CHECK(store::parse_connection(url, "").error().code == errc::unsupported);
  for (const auto& url : {"sqlite3://"s, "sqlite3://a\" readonly=1"s, "sqlite3://a\nb"s,
                          "sqlite3://a\0b"s, "postgresql://db/tr\0th"s})
    CHECK(store::parse_connection(url, "").error().code == errc::malformed);
}

TEST_SUITE_END();
