#include "services/gateway/callers.hpp"

#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

using namespace troth;
using namespace troth::services;

namespace {

// printf secret | sha256sum
const std::string digest_of_secret
  = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

result<std::vector<accepted_token>> tokens_of(const std::string& content) {
  const testing::temporary_folder folder;
  const auto file = folder.path() / "tokens";
  std::ofstream{file} << content;
  return read_tokens(file.string(), "rest.tokens");
}

std::string refusal(const std::string& content) {
  const auto read = tokens_of(content);
  return read ? "none" : to_string(read.error());
}

caller_book a_book() {
  return {*tokens_of(digest_of_secret + " attester+operator alice\n" + std::string(64, '0')
                     + " admin\n"),
          *read_named_roles({"bob=relying-party", "urn:x=y=admin"}, "rest.clientRoles")};
}

std::string who(const credentials& shown) {
  const auto found = a_book().find(shown);
  return found ? found->name : "nobody";
}

} // namespace

TEST_SUITE_BEGIN("gateway/callers");

TEST_CASE("a token is accepted by its digest") {
  const auto found = a_book().find({"Bearer secret", {}});
  REQUIRE(found);
  CHECK(found->name == "token alice");
  CHECK(found->roles == std::vector{role::attester, role::system_operator});
  CHECK(who({"bearer secret", {}}) == "token alice");
  for (const auto* wrong : {"", "Bearer", "Bearer ", "Bearer secre", "Bearer secret ", "secret",
                            "Basic secret", "Bearer  secret", "Bearersecret"}) {
    CAPTURE(wrong);
    CHECK(who({wrong, {}}) == "nobody");
  }
}

TEST_CASE("a certificate has the roles of the first of its names that is known") {
  CHECK(a_book().find({{}, {"x", "bob"}})->roles == std::vector{role::relying_party});
  CHECK(a_book().find({{}, {"urn:x=y"}})->roles == std::vector{role::administrator});
  CHECK(who({{}, {"x", "bob"}}) == "certificate bob");
}

TEST_CASE("a certificate that nobody named has no role, unless all others have one") {
  CHECK(a_book().find({{}, {"mallory"}})->roles.empty());
  const caller_book open{{}, *read_named_roles({"*=attester"}, "rest.clientRoles")};
  CHECK(open.find({{}, {"mallory"}})->roles == std::vector{role::attester});
  CHECK(!open.find({}));
}

TEST_CASE("whoever sends a token is who the token says, whatever the certificate") {
  CHECK(who({"Bearer secret", {"bob"}}) == "token alice");
  CHECK(who({"Bearer wrong", {"bob"}}) == "nobody");
}

TEST_CASE("on loopback everybody is an attester and a relying party") {
  const auto found = caller_book::of_loopback(loopback_caller(false)).find({});
  REQUIRE(found);
  CHECK(found->roles == std::vector{role::attester, role::relying_party});
}

TEST_CASE("on loopback anybody uses TLS keys only where that was said") {
  const auto found = caller_book::of_loopback(loopback_caller(true)).find({});
  REQUIRE(found);
  CHECK(found->roles == std::vector{role::attester, role::relying_party, role::key_user});
}

TEST_CASE("a token file is refused for what is wrong with it") {
  CHECK(refusal("# a comment\n\n" + digest_of_secret + " admin # hers\n") == "none");
  CHECK(refusal("# none\n").starts_with("missing: rest.tokens: "));
  CHECK(refusal("\n" + digest_of_secret)
        == "malformed: rest.tokens: line 2: expected DIGEST ROLE+ROLE [NAME]");
  CHECK(refusal(digest_of_secret + " admin a b").starts_with("malformed: rest.tokens: line 1: "));
  CHECK(refusal("secret admin").starts_with("malformed: rest.tokens: line 1: "));
  CHECK(refusal(digest_of_secret.substr(1) + " admin").starts_with("malformed: "));
  CHECK(refusal(digest_of_secret + " root").starts_with("unsupported: rest.tokens: line 1: role "));
  CHECK(read_tokens("/none", "rest.tokens").error().code == errc::not_found);
}

TEST_CASE("roles that are given to names are refused for what is wrong with them") {
  const auto code = [](const char* text) {
    return name(read_named_roles({text}, "k").error().code);
  };
  CHECK(code("bob") == "malformed");
  CHECK(code("=admin") == "malformed");
  CHECK(code("bob=") == "malformed");
  CHECK(code("bob=root") == "unsupported");
}

TEST_SUITE_END();
