#include "shared/wire/problem.hpp"

#include "shared/codec/json.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;

TEST_SUITE_BEGIN("wire/problem");

TEST_CASE("a problem says all that RFC 9457 and we ask for") {
  const auto body = codec::parse_json(
    wire::write_problem(wire::to_problem({errc::no_challenge, "challenge.id: unknown"}), "7f"),
    {.max_bytes = 1024});
  REQUIRE(body);
  CHECK(*body
        == nlohmann::json{{"type", "urn:troth:problem:no_challenge"},
                          {"title", "Conflict"},
                          {"status", 409},
                          {"detail", "challenge.id: unknown"},
                          {"code", "no_challenge"},
                          {"requestId", "7f"}});
}

TEST_CASE("each code has the status that says best what it means") {
  const auto status = [](errc code) { return wire::to_problem({code, ""}).status; };
  for (const auto code : {errc::truncated, errc::trailing, errc::malformed, errc::unsupported,
                          errc::missing, errc::unknown_key})
    CHECK(status(code) == 400);
  for (const auto code : {errc::bad_signature, errc::untrusted, errc::expired, errc::weak})
    CHECK(status(code) == 422);
  CHECK(status(errc::unauthenticated) == 401);
  CHECK(status(errc::forbidden) == 403);
  CHECK(status(errc::not_found) == 404);
  CHECK(status(errc::conflict) == 409);
  CHECK(status(errc::no_challenge) == 409);
  CHECK(status(errc::too_large) == 413);
  CHECK(status(errc::exhausted) == 503);
  CHECK(status(errc::unavailable) == 503);
  CHECK(status(errc::timeout) == 504);
  for (const auto code : {errc::io, errc::no_endorsement, errc::internal})
    CHECK(status(code) == 500);
}

TEST_CASE("what is our own fault keeps its place for the log") {
  const auto made = wire::to_problem({errc::io, "/var/lib/troth/verifier/store.db: no such file"});
  CHECK(made.code == "io");
  CHECK(made.detail.find('/') == std::string::npos);
  CHECK(wire::to_problem({static_cast<errc>(250), "x"}).code == "internal");
}

TEST_CASE("a detail with anything in it is still ASCII and JSON") {
  const auto text = wire::write_problem({400, "malformed", "\x1b[2J\r\n\"\xff ä \x00"}, "id");
  for (const char c : text)
    CHECK((c >= ' ' && c <= '~'));
  CHECK(codec::parse_json(text, {.max_bytes = 1024}));
}

TEST_CASE("every status that we send has its phrase") {
  for (const unsigned status : {200U, 201U, 202U, 400U, 401U, 403U, 404U, 405U, 406U, 408U, 409U,
                                413U, 415U, 417U, 422U, 429U, 431U, 503U, 504U})
    CHECK(wire::reason_phrase(status) != wire::reason_phrase(500));
}

TEST_SUITE_END();
