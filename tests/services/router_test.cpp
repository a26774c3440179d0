#include "services/http/router.hpp"

#include "services/authentication.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::services;

namespace {

const std::vector<http::route> routes = [] {
  const auto serve = [](http::request&&, const http::responder&) {};
  http::route open{"GET", "/healthz", serve};
  open.is_open = true;
  return std::vector<http::route>{
    open,
    {"POST", "/v1/x", serve, {"application/json"}, {"application/json", "application/cbor"}, 10},
    {"DELETE", "/v1/x", serve}};
}();

http::request_header post(const std::string& target = "/v1/x") {
  http::request_header out;
  out.method = "POST";
  out.target = target;
  out.content_type = "Application/JSON; charset=utf-8";
  out.has_body = true;
  out.length = 10;
  return out;
}

/// Returns `status code`, or `produces` of what was found.
std::string outcome(const http::request_header& header, const http::authenticator& who = {}) {
  const auto chosen = http::choose(routes, header, who);
  if (const auto* found = std::get_if<http::match>(&chosen))
    return found->to->path + ' ' + found->produces;
  const auto& why = std::get<http::refusal>(chosen);
  auto out = std::to_string(why.what.status) + ' ' + why.what.code;
  for (const auto& [name, value] : why.headers)
    out += " " + name + ": " + value;
  return out;
}

} // namespace

TEST_SUITE_BEGIN("services/router");

TEST_CASE("a request finds its route by path and method") {
  CHECK(outcome(post()) == "/v1/x application/json");
  CHECK(outcome(post("/v1/x?y=z")) == "/v1/x application/json");
  CHECK(outcome(post("/v1/y")) == "404 not_found");
  CHECK(outcome(post("/v1/x/")) == "404 not_found");
  CHECK(outcome(post("/v1/../v1/x")) == "404 not_found");
  CHECK(outcome(post("/V1/x")) == "404 not_found");
  auto header = post();
  header.method = "PUT";
  CHECK(outcome(header) == "405 method_not_allowed Allow: POST, DELETE");
}

TEST_CASE("HEAD is GET without a body") {
  http::request_header header;
  header.target = "/healthz";
  header.method = "HEAD";
  CHECK(outcome(header) == "/healthz ");
  header.target = "/v1/x";
  CHECK(outcome(header) == "405 method_not_allowed Allow: POST, DELETE");
}

TEST_CASE("a body must be one that the route takes") {
  auto header = post();
  header.length = 11;
  CHECK(outcome(header) == "413 too_large");
  header = post();
  header.content_type = "text/plain";
  CHECK(outcome(header) == "415 unsupported_media_type");
  header.content_type = "";
  CHECK(outcome(header) == "415 unsupported_media_type");
  header.has_body = false;
  header.length = 0;
  CHECK(outcome(header) == "/v1/x application/json");
  header = post();
  header.method = "DELETE";
  header.length = std::nullopt; // chunked
  CHECK(outcome(header) == "415 unsupported_media_type");
}

TEST_CASE("the answer is in a form that the client takes") {
  auto header = post();
  header.accept = "application/cbor";
  CHECK(outcome(header) == "/v1/x application/cbor");
  header.accept = "text/html";
  CHECK(outcome(header) == "406 not_acceptable");
}

TEST_CASE("a bearer token is known by its digest") {
  // SHA-256 of "secret"
  const auto who
    = bearer_tokens({"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"}, "tokens");
  REQUIRE(who);
  auto header = post();
  CHECK(outcome(header, *who) == "401 unauthenticated");
  for (const auto* wrong : {"secret", "Bearer", "Bearer ", "Bearer  secret", "Bearer secret ",
                            "Bearer Secret", "Basic secret", "Bearersecret"}) {
    CAPTURE(wrong);
    header.shown.authorization = wrong;
    CHECK(outcome(header, *who) == "401 unauthenticated");
  }
  header.shown.authorization = "Bearer secret";
  CHECK(outcome(header, *who) == "/v1/x application/json");
  header.shown.authorization = "bearer secret";
  CHECK(outcome(header, *who) == "/v1/x application/json");
  http::request_header health;
  health.method = "GET";
  health.target = "/healthz";
  CHECK(outcome(health, *who) == "/healthz ");
}

TEST_CASE("who a caller is decides about a route that says so") {
  auto guarded = routes;
  guarded.at(1).permit = [](const caller& who) {
    return who.name == "good" ? result<void>{} : result<void>{error{errc::forbidden, "why"}};
  };
  const auto outcome_for = [&](const char* name, const http::request_header& header) {
    const auto chosen = http::choose(guarded, header, [name](const credentials&) {
      return std::optional{caller{name, {}}};
    });
    if (const auto* found = std::get_if<http::match>(&chosen))
      return found->who.name;
    const auto& why = std::get<http::refusal>(chosen);
    return why.what.code + ' ' + why.who.name;
  };
  CHECK(outcome_for("good", post()) == "good");
  CHECK(outcome_for("bad", post()) == "forbidden bad");
  auto too_large = post();
  too_large.length = 11;
  CHECK(outcome_for("bad", too_large) == "forbidden bad"); // before anything of the body
  auto other = post();
  other.method = "DELETE";
  other.has_body = false;
  CHECK(outcome_for("bad", other) == "bad");
}

TEST_CASE("what is no digest is refused") {
  CHECK(!*bearer_tokens({}, "tokens"));
  CHECK(!bearer_tokens({"secret"}, "tokens"));
  CHECK(!bearer_tokens({"00"}, "tokens"));
}

TEST_CASE("a target's query is what stands behind the first question mark") {
  CHECK(http::query_of("/a?b=c&d") == "b=c&d");
  CHECK(http::query_of("/a?b?c#d") == "b?c");
  CHECK(http::query_of("/a?") == "");
  CHECK(http::query_of("/a#b?c") == "");
  CHECK(http::query_of("/a") == "");
}

TEST_SUITE_END();
