#include "shared/protocol/error.hpp"

#include "shared/protocol/untouched.hpp"

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

TEST_CASE("what a peer answers has a code of ours") {
  const auto code = [](const caf::error& what) { return protocol::from_peer(what, "est").code; };
  CHECK(code(protocol::to_caf({errc::weak, "key"})) == errc::weak);
  CHECK(code(caf::make_error(caf::sec::request_timeout)) == errc::timeout);
  CHECK(code(caf::make_error(caf::sec::request_receiver_down)) == errc::unavailable);
  CHECK(code(caf::make_error(caf::exit_reason::remote_link_unreachable)) == errc::unavailable);
  CHECK(code(caf::make_error(caf::exit_reason::kill)) == errc::unavailable);
  CHECK(code(caf::make_error(caf::sec::unexpected_message)) == errc::internal);
  CHECK(code(caf::make_error(caf::sec::unexpected_response)) == errc::internal);
  CHECK(protocol::from_peer(caf::make_error(caf::sec::request_timeout), "est").where
        == "est: no answer in time");
  CHECK(code(protocol::untouched()) == errc::unavailable);
}

TEST_CASE("what was not touched is told from what may have been") {
  CHECK(protocol::is_untouched(protocol::untouched()));
  CHECK(protocol::is_untouched(caf::make_error(caf::sec::request_receiver_down)));
  CHECK(!protocol::is_untouched(caf::error{}));
  CHECK(!protocol::is_untouched(caf::make_error(caf::exit_reason::user_shutdown)));
  CHECK(!protocol::is_untouched(caf::make_error(caf::exit_reason::remote_link_unreachable)));
  CHECK(!protocol::is_untouched(protocol::to_caf({errc::unavailable, "untouched"})));
}

TEST_SUITE_END();
