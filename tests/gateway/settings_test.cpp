#include "services/gateway/settings.hpp"

#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

using namespace troth;
using services::gateway_settings;

namespace {

std::string outcome(const gateway_settings& settings) {
  const auto access = services::make_access(settings);
  if (!access)
    return std::string{name(access.error().code)};
  return *access ? "tokens" : "open";
}

struct settings_fixture {
  std::string write_tokens(const std::string& content) {
    const auto file = folder.path() / "tokens";
    std::ofstream{file} << content;
    return file.string();
  }

  testing::temporary_folder folder;
  gateway_settings settings;
};

// printf secret | sha256sum
const std::string digest_of_secret
  = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

} // namespace

TEST_SUITE_BEGIN("gateway/settings");

TEST_CASE_FIXTURE(settings_fixture, "plain HTTP serves the loopback interface only") {
  for (const auto* loopback : {"127.0.0.1:1", "127.1.2.3:1", "[::1]:1", "localhost:1"}) {
    settings.listen = loopback;
    CHECK(outcome(settings) == "open");
  }
  for (const auto* beyond : {"0.0.0.0:1", ":1", "[::]:1", "192.0.2.1:1", "localhost.example:1"}) {
    CAPTURE(beyond);
    settings.listen = beyond;
    CHECK(outcome(settings) == "forbidden");
  }
  settings.listen = "nowhere";
  CHECK(outcome(settings) == "malformed");
}

TEST_CASE_FIXTURE(settings_fixture, "beyond loopback it takes TLS and authentication, both") {
  settings.listen = "0.0.0.0:1";
  settings.tokens = write_tokens(digest_of_secret);
  CHECK(outcome(settings) == "forbidden"); // tokens in the clear
  settings.tls.certificate = "c.pem";
  settings.tls.key = "c.key";
  CHECK(outcome(settings) == "tokens");
  settings.tokens.clear();
  CHECK(outcome(settings) == "forbidden");
  settings.tls.client_ca = "ca.pem";
  CHECK(outcome(settings) == "open"); // to those with a certificate
}

TEST_CASE_FIXTURE(settings_fixture, "half a TLS configuration is refused") {
  settings.tls.certificate = "c.pem";
  CHECK(outcome(settings) == "missing");
  settings.tls = {};
  settings.tls.key = "c.key";
  CHECK(outcome(settings) == "missing");
  settings.tls = {};
  settings.tls.client_ca = "ca.pem";
  CHECK(outcome(settings) == "missing");
}

TEST_CASE_FIXTURE(settings_fixture, "a token is accepted by its digest") {
  settings.tokens = write_tokens("# who has it\n\n" + digest_of_secret + " # operations\n"
                                 + std::string(64, '0'));
  const auto access = services::make_access(settings);
  REQUIRE(access);
  REQUIRE(*access);
  CHECK((*access)("Bearer secret"));
  CHECK((*access)("bearer secret"));
  for (const auto* wrong : {"", "Bearer", "Bearer ", "Bearer secre", "Bearer secret ", "secret",
                            "Basic secret", "Bearer  secret", "Bearersecret"}) {
    CAPTURE(wrong);
    CHECK(!(*access)(wrong));
  }
}

TEST_CASE_FIXTURE(settings_fixture, "a token file that holds none, or no digests, is refused") {
  settings.tokens = write_tokens("# none\n");
  CHECK(outcome(settings) == "missing");
  settings.tokens = write_tokens("secret\n");
  CHECK(outcome(settings) == "malformed");
  settings.tokens = write_tokens(digest_of_secret.substr(1));
  CHECK(outcome(settings) == "malformed");
  settings.tokens = (folder.path() / "none").string();
  CHECK(outcome(settings) == "not_found");
}

TEST_SUITE_END();
