#include "services/gateway/settings.hpp"

#include "shared/crypto/jwk.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

using namespace troth;
using services::gateway_settings;

namespace {

std::string outcome(const gateway_settings& settings) {
  const auto callers = services::make_callers(settings);
  if (!callers)
    return std::string{name(callers.error().code)};
  return callers->find({}) ? "open" : "closed";
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
  settings.tokens = write_tokens(digest_of_secret + " attester");
  CHECK(outcome(settings) == "forbidden"); // tokens in the clear
  settings.tls.certificate = "c.pem";
  settings.tls.key = "c.key";
  CHECK(outcome(settings) == "closed");
  settings.tokens.clear();
  CHECK(outcome(settings) == "forbidden");
  settings.tls.client_ca = "ca.pem";
  CHECK(outcome(settings) == "missing"); // roles
  settings.client_roles = {"*=relying-party"};
  CHECK(outcome(settings) == "closed");
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

TEST_CASE_FIXTURE(settings_fixture, "issuers of access tokens have keys and name us") {
  const auto key = testing::minted(crypto::private_key::generate(crypto::key_kind::p256));
  const auto file = (folder.path() / "jwks").string();
  std::ofstream{file} << crypto::write_jwks(
    std::vector<crypto::named_key>{{"k1", key.public_half(), key.default_algorithm()}});
  settings.issuers = {"https://issuer.example=" + file};
  CHECK(outcome(settings) == "missing"); // rest.audience
  settings.audience = "troth";
  CHECK(outcome(settings) == "closed");
  settings.issuers = {"https://issuer.example"};
  CHECK(outcome(settings) == "malformed");
  settings.issuers = {"https://issuer.example=" + file + "-none"};
  CHECK(outcome(settings) == "not_found");
  settings.issuers = {"https://issuer.example=" + write_tokens("{}")};
  CHECK(outcome(settings) != "closed");
}

TEST_CASE_FIXTURE(settings_fixture, "the socket API is served over TCP on loopback only") {
  CHECK(!services::make_socket_addresses(settings)->tcp);
  settings.socket_unix = "/run/troth/gateway/socket";
  settings.socket_tcp = "127.0.0.1:9955";
  const auto at = services::make_socket_addresses(settings);
  REQUIRE(at);
  CHECK(at->path == "/run/troth/gateway/socket");
  CHECK(at->tcp->port == 9955);
  settings.socket_tcp = "0.0.0.0:9955";
  CHECK(services::make_socket_addresses(settings).error().code == errc::forbidden);
  settings.socket_tcp = "nowhere";
  CHECK(services::make_socket_addresses(settings).error().code == errc::malformed);
}

TEST_CASE_FIXTURE(settings_fixture, "a user has the roles that the configuration gives") {
  using services::role;
  settings.socket_users = {"4242=relying-party+operator", "daemon=attester"};
  const auto callers = services::make_socket_callers(settings);
  REQUIRE(callers);
  CHECK(callers->of_user(4242).roles == std::vector{role::relying_party, role::system_operator});
  CHECK(callers->of_user(1).roles == std::vector{role::attester});
  CHECK(callers->of_user(0).roles.size() == services::all_roles().size());
  CHECK(callers->of_user(geteuid()).roles.size() == services::all_roles().size());
  CHECK(callers->of_user(4343).roles.empty());
  CHECK(callers->of_user(4343).name == "uid 4343");
  CHECK(callers->of_tcp.roles == std::vector{role::attester, role::relying_party});
}

TEST_CASE_FIXTURE(settings_fixture, "TLS keys are for whoever is on loopback if that is said") {
  using services::role;
  const auto uses_keys = [](const services::caller& who) {
    return std::ranges::find(who.roles, role::key_user) != who.roles.end();
  };
  for (const auto allowed : {false, true}) {
    settings.loopback_uses_keys = allowed;
    settings.grpc_listen = "127.0.0.1:1";
    CHECK(uses_keys(*services::make_callers(settings)->find({})) == allowed);
    CHECK(uses_keys(*services::make_grpc_callers(settings)->find({})) == allowed);
    CHECK(uses_keys(services::make_coap_callers(settings)->of_plain) == allowed);
    CHECK(uses_keys(services::make_socket_callers(settings)->of_tcp) == allowed);
  }
}

TEST_CASE_FIXTURE(settings_fixture, "all other users have the roles given to the star") {
  using services::role;
  settings.socket_users = {"*=relying-party", "0=operator"};
  const auto callers = services::make_socket_callers(settings);
  REQUIRE(callers);
  CHECK(callers->of_user(4343).roles == std::vector{role::relying_party});
  CHECK(callers->of_user(0).roles == std::vector{role::system_operator});
}

TEST_CASE_FIXTURE(settings_fixture, "users and roles that there are not are refused") {
  const auto refusal = [&](const char* text) {
    settings.socket_users = {text};
    return name(services::make_socket_callers(settings).error().code);
  };
  CHECK(refusal("1000") == "malformed");
  CHECK(refusal("=admin") == "malformed");
  CHECK(refusal("1000=") == "malformed");
  CHECK(refusal("1000=admin+") == "unsupported");
  CHECK(refusal("1000=root") == "unsupported");
  CHECK(refusal("no-such-user=admin") == "not_found");
}

TEST_SUITE_END();
