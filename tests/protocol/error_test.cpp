#include "shared/protocol/error.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>

using namespace troth;

TEST_SUITE_BEGIN("protocol/error");

TEST_CASE("every code of ours survives the journey with its place") {
  for (int n = 0; n < 256; ++n) {
    const auto code = static_cast<errc>(n);
    if (name(code).empty())
      continue;
    const auto back = protocol::from_caf(protocol::to_caf({code, "a place"}));
    REQUIRE(back.has_value());
    CHECK(back->code == code);
    CHECK(back->where == "a place");
  }
}

TEST_CASE("what is not ours is not taken for ours") {
  CHECK(!protocol::from_caf(caf::error{}));
  CHECK(!protocol::from_caf(caf::make_error(caf::sec::request_timeout)));
  CHECK(!protocol::from_caf(protocol::to_caf({static_cast<errc>(63), "no code"})));
  CHECK(!protocol::from_caf(caf::error{1, caf::atom("troth"), caf::make_message(1)}));
}

TEST_SUITE_END();
