#include "shared/wire/media_type.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;

namespace {

std::string pick(std::string_view accept) {
  return wire::negotiate(accept, {"application/json", "application/cbor"});
}

} // namespace

TEST_SUITE_BEGIN("wire/media_type");

TEST_CASE("the type of a header is without parameters, in lower case") {
  CHECK(wire::media_type_of("application/json") == "application/json");
  CHECK(wire::media_type_of(" Application/JSON ; charset=utf-8") == "application/json");
  CHECK(wire::media_type_of("").empty());
  CHECK(wire::media_type_of(";").empty());
}

TEST_CASE("the client's favourite is picked, the first of equals") {
  CHECK(pick("") == "application/json");
  CHECK(pick("*/*") == "application/json");
  CHECK(pick("application/cbor") == "application/cbor");
  CHECK(pick("application/cbor, application/json") == "application/json");
  CHECK(pick("application/json;q=0.5, application/cbor") == "application/cbor");
  CHECK(pick("application/json;q=0.5, */*;q=0.6") == "application/cbor");
  CHECK(pick("application/*;q=0.1, APPLICATION/CBOR;Q=0.2") == "application/cbor");
  CHECK(pick("text/html, application/*") == "application/json");
}

TEST_CASE("a client that takes none of it gets none") {
  CHECK(pick("text/html").empty());
  CHECK(pick("application/json;q=0, application/cbor;q=0").empty());
  CHECK(pick("*/*;q=0").empty());
  CHECK(pick("application/jso").empty());
}

TEST_CASE("a range that makes no sense counts for nothing") {
  CHECK(pick("application/cbor;q=2, application/json") == "application/json");
  CHECK(pick("application/cbor;q=, application/json;q=0.1") == "application/json");
  CHECK(pick("application/cbor;q=1.5, application/json;q=0.1") == "application/json");
  CHECK(pick(";;;,,,/,q=1,application/cbor") == "application/cbor");
  CHECK(pick(std::string(16'000, ',')) == "application/json");
}

TEST_SUITE_END();
