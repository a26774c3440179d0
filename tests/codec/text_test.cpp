#include "shared/base/text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;

TEST_SUITE_BEGIN("base/text");

TEST_CASE("an address is split at its last colon, and an IPv6 one loses its brackets") {
  struct row {
    std::string text;
    std::string host;
    std::string port;
  };
  const row rows[] = {{"device.example:4433", "device.example", "4433"},
                      {"[::1]:80", "::1", "80"},
                      {"::1:80", "::1", "80"},
                      {"[::1:80", "[::1", "80"},
                      {"host:", "host", ""},
                      {":80", "", "80"},
                      {"[]:80", "", "80"}};
  for (const auto& [text, host, port] : rows) {
    CAPTURE(text);
    const auto parts = split_host_and_port(text);
    REQUIRE(parts);
    CHECK(parts->host == host);
    CHECK(parts->port == port);
  }
  CHECK_FALSE(split_host_and_port("host"));
  CHECK_FALSE(split_host_and_port(""));
}

TEST_CASE("a port is a number that fits into two bytes") {
  for (const auto* good : {"0", "80", "65535", "00080"})
    CHECK(is_port(good));
  for (const auto* bad : {"", "65536", "99999", "100000", "-1", "+80", " 80", "80 ", "http", "8o"})
    CHECK_FALSE(is_port(bad));
}

TEST_SUITE_END();
