#include "shared/link/address.hpp"

#include <doctest/doctest.h>

using namespace troth;

TEST_SUITE_BEGIN("link/address");

TEST_CASE("an address is a host and a port, and is written as it is read") {
  struct row {
    const char* text;
    link::address expected;
  };
  for (const auto& [text, expected] : std::initializer_list<row>{
         {"127.0.0.1:4711", {"127.0.0.1", 4711}},
         {"troth-verifier.example:1", {"troth-verifier.example", 1}},
         {"[::1]:65535", {"::1", 65535}},
         {"[fe80::1%eth0]:0", {"fe80::1%eth0", 0}},
         {":80", {"", 80}},
       }) {
    CAPTURE(text);
    const auto read = link::parse_address(text);
    REQUIRE(read);
    CHECK(*read == expected);
    CHECK(link::to_string(*read) == text);
  }
}

TEST_CASE("what is no address is refused") {
  for (const auto* text :
       {"", "host", "host:", "host:65536", "host:-1", "host:+1", "host:1x", "host: 1",
        "host:99999999999", "::1:80", "::1", "a b:1", "a/b:1", "[::1]", "[::1:80"}) {
    CAPTURE(text);
    const auto read = link::parse_address(text);
    REQUIRE(!read);
    CHECK(read.error().code == errc::malformed);
  }
  CHECK(!link::parse_address(std::string(256, 'a') + ":1"));
}

TEST_CASE("loopback is told from the rest") {
  CHECK(link::is_loopback("127.0.0.1"));
  CHECK(link::is_loopback("127.1.2.3"));
  CHECK(link::is_loopback("::1"));
  CHECK(link::is_loopback("localhost"));
  CHECK(!link::is_loopback(""));
  CHECK(!link::is_loopback("0.0.0.0"));
  CHECK(!link::is_loopback("::"));
  CHECK(!link::is_loopback("12.0.0.1"));
  CHECK(!link::is_loopback("127.example.org"));
  CHECK(!link::is_loopback("example.org"));
}

TEST_CASE("an endpoint is a Unix socket by its path, or TLS at an address") {
  for (const auto& [text, canonical] : std::initializer_list<std::pair<const char*, const char*>>{
         {"unix:///run/troth/x.sock", "unix:///run/troth/x.sock"},
         {"tls://127.0.0.1:4712", "tls://127.0.0.1:4712"},
         {"verifier:4712", "tls://verifier:4712"},
         {"[::1]:0", "tls://[::1]:0"}}) {
    const auto read = link::parse_endpoint(text);
    REQUIRE(read);
    CHECK(to_string(*read) == canonical);
    CHECK(read->is_local() == std::string_view{text}.starts_with("unix"));
  }
  for (const auto* bad : {"", "unix://", "unix://relative", "unix:///folder/", "unix:///a b",
                          "unix:///a\nb", "tls://", "tls://host", "http://host:80", "tcp://a:1"})
    CHECK(link::parse_endpoint(bad).error().code == errc::malformed);
  CHECK(link::parse_endpoint("tcp://a:1").error().where
        == "address: tcp://a:1: expected unix:///PATH or tls://HOST:PORT");
  CHECK(link::parse_endpoint("unix:///" + std::string(106, 'x')));
  CHECK(link::parse_endpoint("unix:///" + std::string(107, 'x')).error().code == errc::too_large);
}

TEST_SUITE_END();
