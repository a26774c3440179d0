#include "services/gateway/coap_body.hpp"

#include <doctest/doctest.h>

using troth::services::coap_body;
using step = coap_body::step;

TEST_SUITE_BEGIN("gateway/coap_body");

TEST_CASE("blocks make a body") {
  coap_body body{8};
  CHECK(body.add(0, "abc", false) == step::more);
  CHECK(body.add(3, "def", false) == step::more);
  CHECK(body.add(6, "gh", true) == step::whole);
  CHECK(body.take() == "abcdefgh");
  CHECK(body.size_bytes() == 0);
  CHECK(body.add(0, "", true) == step::whole);
  CHECK(body.take().empty());
}

TEST_CASE("a block may come again") {
  coap_body body{8};
  CHECK(body.add(0, "abc", false) == step::more);
  CHECK(body.add(3, "def", false) == step::more);
  CHECK(body.add(3, "def", false) == step::more);
  CHECK(body.add(6, "g", true) == step::whole);
  CHECK(body.take() == "abcdefg");
}

TEST_CASE("the first block begins anew") {
  coap_body body{8};
  CHECK(body.add(0, "abc", false) == step::more);
  CHECK(body.add(0, "xy", false) == step::more);
  CHECK(body.add(2, "z", true) == step::whole);
  CHECK(body.take() == "xyz");
}

TEST_CASE("a block that does not follow is refused") {
  coap_body body{8};
  CHECK(body.add(3, "def", true) == step::gap);
  CHECK(body.add(0, "abc", false) == step::more);
  CHECK(body.add(4, "ef", false) == step::gap);
  CHECK(body.add(2, "cd", false) == step::gap); // half of it is there
}

TEST_CASE("a body over its maximum is refused with the block that is too much") {
  coap_body body{4};
  CHECK(body.add(0, "abcde", false) == step::too_large);
  CHECK(body.add(0, "abcd", false) == step::more);
  CHECK(body.add(4, "e", true) == step::too_large);
  CHECK(body.add(static_cast<std::size_t>(-1), "e", true) == step::too_large);
}

TEST_SUITE_END();
