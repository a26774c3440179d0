#include "shared/link/guard.hpp"

#include "tests/support/basp.hpp"

#include <doctest/doctest.h>

using namespace troth;
using link::operation;
using link::verdict;
using testing::frame_fields;

namespace {

constexpr std::uint64_t published = 7;
constexpr std::uint64_t asking = 9; // an actor of ours

const auto ours = testing::a_node(1);
const auto theirs = testing::a_node(2);
const auto stranger = testing::a_node(3);

/// A guard, and frames for it.
struct guard_fixture {
  link::guard_limits limits{1000, 500, 2, {"@atom", "@error"}};
  bool may_be_claimed = true;

  link::guard make(link::side of) {
    return {of, limits, ours, [this](const link::node&) { return may_be_claimed; }};
  }

  /// Sends header and payload; returns the first verdict that is not `pass`.
  static verdict give(link::guard& to, const frame_fields& what, const bytes& payload) {
    const auto judged = to.header(testing::frame_header(what, payload.size()));
    return judged != verdict::pass || payload.empty() ? judged : to.payload(payload);
  }

  /// Returns the rule that refuses this; empty: none does.
  static std::string refusal(link::guard& by, const frame_fields& what, const bytes& payload) {
    const auto judged = give(by, what, payload);
    return judged == verdict::pass ? "" : std::string{by.rule()};
  }

  static frame_fields hello() { return {operation::client_handshake, 0, 0, 0, 0}; }

  /// One that has been dialled, published an actor, and been greeted.
  link::guard accepting() {
    auto made = make(link::side::accepting);
    const auto greeting = testing::server_greeting(ours, published);
    made.sent(*link::parse_frame(
                testing::frame_header({operation::server_handshake, 0, 3, 0, 0}, greeting.size())),
              greeting);
    REQUIRE(give(made, hello(), testing::node_bytes(theirs)) == verdict::pass);
    return made;
  }

  /// One that has dialled, been greeted, and asked.
  link::guard dialling() {
    auto made = make(link::side::dialling);
    REQUIRE(
      give(made, {operation::server_handshake, 0, 3, 0, 0}, testing::server_greeting(theirs, 5))
      == verdict::pass);
    made.sent(link::frame{operation::direct_message, 0, 10, 100, asking, 5}, {});
    return made;
  }

  static frame_fields message_to(std::uint64_t actor) {
    return {operation::direct_message, 0, 100, 55, actor};
  }
};

const auto message = testing::message_of("@<>+@atom");

} // namespace

TEST_SUITE_BEGIN("link/guard");

TEST_CASE_FIXTURE(guard_fixture, "a peer greets, greets again to choose the link, and asks") {
  auto at = accepting();
  CHECK(at.is_greeted());
  CHECK(*at.theirs() == theirs);
  CHECK(refusal(at, {operation::client_handshake, 2, 0, 0, 0}, testing::node_bytes(theirs)) == "");
  CHECK(refusal(at, message_to(published), message) == "");
  CHECK(refusal(at, {operation::heartbeat, 0, 0, 0, 0}, {}) == "");
}

TEST_CASE_FIXTURE(guard_fixture, "a payload that must be there is") {
  for (const auto& what : std::initializer_list<frame_fields>{
         {operation::client_handshake, 0, 0, 0, 0}, // 32 bytes that kill a bare CAF
         {operation::server_handshake, 0, 3, 0, 0},
         {operation::direct_message, 0, 100, 55, published},
         {operation::monitor_message, 0, 0, 0, 1},
         {operation::down_message, 0, 0, 1, 0}}) {
    auto at = make(link::side::accepting);
    CHECK(at.header(testing::frame_header(what, 0)) == verdict::close);
    CHECK(std::string{at.rule()} == "length");
    CHECK(at.why().code == errc::missing);
  }
}

TEST_CASE_FIXTURE(guard_fixture, "a length over the limit is refused in the header") {
  auto at = accepting();
  CHECK(at.header(testing::frame_header(message_to(published), 1000)) == verdict::pass);
  for (const std::size_t size : {std::size_t{1001}, std::size_t{0xFFFFFFFF}}) {
    auto other = accepting();
    CHECK(other.header(testing::frame_header(message_to(published), size)) == verdict::close);
    CHECK(other.why().code == errc::too_large);
  }
  auto greeted = make(link::side::accepting);
  CHECK(greeted.header(testing::frame_header(hello(), 501)) == verdict::close);
  CHECK(greeted.why().code == errc::too_large);
  auto beating = accepting();
  CHECK(beating.header(testing::frame_header({}, 1)) == verdict::close);
}

TEST_CASE_FIXTURE(guard_fixture, "nothing comes before the handshake, and no other side's") {
  struct row {
    frame_fields what;
    const char* rule;
  };
  for (const auto& [what, rule] :
       std::initializer_list<row>{{{operation::server_handshake, 0, 3, 0, 0}, "order"},
                                  {{operation::direct_message, 0, 0, 0, published}, "order"},
                                  {{operation::routed_message, 0, 0, 0, published}, "operation"},
                                  {{operation::monitor_message, 0, 0, 0, 1}, "order"},
                                  {{operation::down_message, 0, 0, 1, 0}, "order"}}) {
    auto at = make(link::side::accepting);
    CHECK(refusal(at, what, bytes(40, 0)) == rule);
  }
  auto at = make(link::side::accepting);
  CHECK(refusal(at, {operation::heartbeat, 0, 0, 0, 0}, {}) == "order");
  auto dialled = make(link::side::dialling);
  CHECK(refusal(dialled, hello(), testing::node_bytes(theirs)) == "order");
}

TEST_CASE_FIXTURE(guard_fixture, "a handshake is not repeated without end") {
  auto at = accepting();
  const auto payload = testing::node_bytes(theirs);
  CHECK(refusal(at, hello(), payload) == "");
  CHECK(refusal(at, hello(), payload) == "order");
  auto dialled = dialling();
  CHECK(
    refusal(dialled, {operation::server_handshake, 0, 3, 0, 0}, testing::server_greeting(theirs, 5))
    == "order");
}

TEST_CASE_FIXTURE(guard_fixture, "another version is refused") {
  auto at = make(link::side::dialling);
  CHECK(refusal(at, {operation::server_handshake, 0, 4, 0, 0}, testing::server_greeting(theirs, 5))
        == "version");
  CHECK(at.why().code == errc::unsupported);
}

TEST_CASE_FIXTURE(guard_fixture, "flags and fields that an operation does not have are zero") {
  struct row {
    frame_fields what;
    const char* rule;
  };
  for (const auto& [what, rule] :
       std::initializer_list<row>{{{operation::direct_message, 2, 100, 55, published}, "flags"},
                                  {{operation::direct_message, 0x80, 100, 55, published}, "flags"},
                                  {{operation::client_handshake, 1, 0, 0, 0}, "flags"},
                                  {{operation::client_handshake, 0, 1, 0, 0}, "fields"},
                                  {{operation::client_handshake, 0, 0, 1, 0}, "fields"},
                                  {{operation::client_handshake, 0, 0, 0, 1}, "fields"},
                                  {{operation::monitor_message, 0, 1, 0, 1}, "fields"},
                                  {{operation::monitor_message, 0, 0, 1, 1}, "fields"},
                                  {{operation::monitor_message, 0, 0, 0, 0}, "fields"},
                                  {{operation::down_message, 0, 1, 1, 0}, "fields"},
                                  {{operation::down_message, 0, 0, 1, 1}, "fields"},
                                  {{operation::down_message, 0, 0, 0, 0}, "fields"},
                                  {{operation::direct_message, 0, 100, 55, 0}, "fields"}}) {
    auto at = accepting();
    CAPTURE(static_cast<int>(what.what));
    CHECK(refusal(at, what, bytes(40, 0)) == rule);
  }
  auto beating = accepting();
  CHECK(refusal(beating, {operation::heartbeat, 0, 0, 0, 1}, {}) == "fields");
}

TEST_CASE_FIXTURE(guard_fixture, "a peer is one node, its own, and not ours") {
  const auto greeted_as = [&](const link::node& who) {
    auto at = make(link::side::accepting);
    return refusal(at, hello(), testing::node_bytes(who));
  };
  CHECK(greeted_as(theirs) == "");
  CHECK(greeted_as(ours) == "node");
  auto other_kind = theirs;
  other_kind[0] = 0;
  CHECK(greeted_as(other_kind) == "node");
  may_be_claimed = false;
  CHECK(greeted_as(theirs) == "node");
  may_be_claimed = true;
  auto at = accepting();
  CHECK(refusal(at, hello(), testing::node_bytes(stranger)) == "node");
}

TEST_CASE_FIXTURE(guard_fixture, "messages to others than the published actor are not delivered") {
  auto at = accepting();
  CHECK(give(at, message_to(published + 1), message) == verdict::skip);
  CHECK(std::string{at.rule()} == "receiver");
  auto named = message_to(0x1234); // e.g. the atom of CAF's configuration server
  named.flags = 1;
  CHECK(give(at, named, message) == verdict::skip);
  CHECK(std::string{at.rule()}.empty()); // every CAF looks for services of its own, once
  CHECK(give(at, named, message) == verdict::skip);
  CHECK(std::string{at.rule()} == "named_receiver");
  auto unpublished = dialling();
  CHECK(give(unpublished, message_to(asking), message) == verdict::skip);
}

TEST_CASE_FIXTURE(guard_fixture, "an answer is taken once, and only to what was asked") {
  auto at = dialling();
  const frame_fields answer{operation::direct_message, 0, link::response_bit | 100, 5, asking};
  auto other = answer;
  other.data = link::response_bit | 101;
  CHECK(give(at, other, message) == verdict::skip);
  CHECK(std::string{at.rule()} == "answer");
  auto elsewhere = answer;
  elsewhere.destination = asking + 1;
  CHECK(give(at, elsewhere, message) == verdict::skip);
  CHECK(give(at, answer, message) == verdict::pass);
  CHECK(give(at, answer, message) == verdict::skip);
  CHECK(at.pending().size() == 0);
}

TEST_CASE_FIXTURE(guard_fixture, "what we send without asking awaits no answer") {
  auto at = dialling();
  at.pending().take_all();
  at.sent(link::frame{operation::direct_message, 0, 10, 0, asking, 5}, {});
  at.sent(link::frame{operation::direct_message, 0, 10, 100, 0, 5}, {});
  at.sent(link::frame{operation::direct_message, 0, 10, link::response_bit | 100, asking, 5}, {});
  CHECK(at.pending().size() == 0);
}

TEST_CASE_FIXTURE(guard_fixture, "a message of another type ends the link") {
  auto at = accepting();
  CHECK(give(at, message_to(published), testing::message_of("@<>+@exit")) == verdict::close);
  CHECK(std::string{at.rule()} == "message_type");
  CHECK(at.why().code == errc::forbidden);
  auto malformed = accepting();
  CHECK(refusal(malformed, message_to(published), {1, 2, 3, 4}) == "payload");
}

TEST_CASE_FIXTURE(guard_fixture, "a peer speaks for its own node, to ours") {
  const auto between = [](const link::node& from, const link::node& to, bool is_down) {
    auto out = testing::node_bytes(from);
    testing::append(out, testing::node_bytes(to));
    if (is_down)
      testing::append(out, testing::error_with("@<>"));
    return out;
  };
  struct row {
    link::node from;
    link::node to;
    const char* rule;
  };
  for (const auto& [from, to, rule] : std::initializer_list<row>{
         {theirs, ours, ""}, {stranger, ours, "node"}, {theirs, stranger, "node"}}) {
    auto at = accepting();
    CHECK(refusal(at, {operation::monitor_message, 0, 0, 0, 1}, between(from, to, false)) == rule);
    auto other = accepting();
    CHECK(refusal(other, {operation::down_message, 0, 0, 1, 0}, between(from, to, true)) == rule);
  }
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("link/pending_requests");

TEST_CASE("a request is taken once, and those that are left are known") {
  link::pending_requests open{3};
  CHECK(open.add({1, 1}));
  CHECK(open.add({1, 2}));
  CHECK(open.add({2, 1}));
  CHECK(!open.add({2, 2}));
  CHECK(open.size() == 3);
  CHECK(open.take({1, 2}));
  CHECK(!open.take({1, 2}));
  CHECK(!open.take({2, 2}));
  CHECK(open.add({2, 2}));
  CHECK(open.take_all().size() == 3);
  CHECK(open.size() == 0);
}

TEST_SUITE_END();
