#include "services/gateway/veraison_session.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace troth;
using namespace troth::services::veraison;

namespace {

const session good{bytes(32, 0xfb), "2026-11-24T10:00:00Z", "c1"};

errc refusal_of(std::string_view query) {
  const auto read = parse_nonce_wish(query);
  REQUIRE_FALSE(read);
  return read.error().code;
}

} // namespace

TEST_SUITE_BEGIN("gateway/veraison_session");

TEST_CASE("a nonce is of 32 bytes, of the size that is wished, or the caller's") {
  CHECK(parse_nonce_wish("")->size_bytes == 32);
  CHECK(parse_nonce_wish("nonceSize=8")->size_bytes == 8);
  CHECK(parse_nonce_wish("nonceSize=64")->nonce.empty());
  for (const auto* const text : {"-_8AAAAAAAAAAA", "-_8AAAAAAAAAAA==", "-_8AAAAAAAAAAA%3D%3D"}) {
    const auto read = parse_nonce_wish(std::string{"nonce="} + text);
    REQUIRE(read);
    CHECK(read->nonce == bytes{0xfb, 0xff, 0, 0, 0, 0, 0, 0, 0, 0});
    CHECK(read->size_bytes == 10);
  }
}

TEST_CASE("a wish that is none is refused") {
  for (const auto* const query :
       {"nonceSize", "nonceSize=", "nonceSize=7", "nonceSize=65", "nonceSize=-8", "nonceSize=8 ",
        "nonceSize=18446744073709551616", "nonce=", "nonce=AAAA", "nonce=+/8AAAAAAAAAAA"})
    CHECK_MESSAGE(refusal_of(query) == errc::malformed, query);
  CHECK(refusal_of("nonceSize=8&nonce=-_8AAAAAAAAAAA") == errc::conflict);
  CHECK(refusal_of("size=8") == errc::unknown_key);
}

TEST_CASE("a session is kept and read again") {
  CHECK(*parse_kept(write_kept(good)) == good);
  const session without_challenge{bytes(8, 1), "2026-11-24T10:00:00Z", {}};
  CHECK(*parse_kept(write_kept(without_challenge)) == without_challenge);
  const auto text = write_kept(good);
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK_FALSE(parse_kept(text.substr(0, size)));
  CHECK(parse_kept("{}").error().code == errc::missing);
  CHECK(parse_kept(R"({"nonce":"AAAAAAAAAAA=","expires":"x","a":"b"})").error().code
        == errc::unknown_key);
}

TEST_CASE("a client sees the nonce as base64url, the state and the token") {
  const auto shown = nlohmann::json::parse(write_session(good, state::complete, "a.b.c"));
  CHECK(shown["nonce"] == "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
  CHECK(shown["expiry"] == "2026-11-24T10:00:00Z");
  CHECK(shown["status"] == "complete");
  CHECK(shown["result"] == "a.b.c");
  CHECK(shown["accept"] == evidence_types());
  CHECK_FALSE(nlohmann::json::parse(write_session(good, state::waiting, {})).contains("result"));
  CHECK_FALSE(
    nlohmann::json::parse(write_session(good, state::complete, "\xff")).contains("result"));
}

TEST_CASE("discovery shows the first key, and needs one") {
  const auto shown = write_discovery(R"({"keys":[{"kid":"1"},{"kid":"2"}]})", "1.0");
  REQUIRE(shown);
  CHECK(nlohmann::json::parse(*shown)["ear-verification-key"]["kid"] == "1");
  CHECK(write_discovery(R"({"keys":[]})", "1.0").error().code == errc::not_found);
  CHECK(write_discovery("[]", "1.0").error().code == errc::malformed);
  CHECK(write_discovery("", "1.0").error().code == errc::malformed);
}

TEST_SUITE_END();
