#include "shared/atls/handshake.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <string>

using namespace troth;
using namespace troth::atls;
using wire::atls::complete;
using wire::atls::request;
using wire::atls::response;

namespace {

/// One side with its attester, which a test may let refuse.
struct party {
  explicit party(const handshake::terms& terms) : ours(terms, {}), name(terms.ours) {
    // nop
  }

  /// Takes the messages that are there, and does what is wanted.
  void work() {
    while (!arrived.empty() && ours.wants_message()) {
      ours.take(arrived.front());
      arrived.pop_front();
    }
    if (ours.take_report_wish())
      ours.give_report(report);
    if (const auto theirs = ours.take_verdict_wish())
      ours.give_verdict(to_text(*theirs) == expected ? verdict
                                                     : error{errc::untrusted, "another report"});
  }

  handshake ours;
  side name;
  result<bytes> report = to_bytes("report");
  std::string expected = "report";
  result<void> verdict;
  std::deque<bytes> arrived;
};

/// Moves what one side sent to the other, message by message.
bool carry(party& from, party& to) {
  const auto sent = from.ours.take_outgoing();
  for (auto rest = byte_view{sent}; !rest.empty();) {
    const auto size = wire::atls::length_in(rest);
    to.arrived.push_back(copy(rest.subspan(wire::atls::frame_header_bytes, size)));
    rest = rest.subspan(wire::atls::frame_header_bytes + size);
  }
  return !sent.empty();
}

void talk(party& client, party& server) {
  for (bool is_moving = true; is_moving;) {
    client.work();
    server.work();
    const bool to_server = carry(client, server);
    is_moving = carry(server, client) || to_server;
  }
}

struct pair {
  explicit pair(mode attest)
    : client(handshake::terms{side::client, attest}),
      server(handshake::terms{side::server, attest}) {
    // nop
  }

  void talk() { ::talk(client, server); }

  party client;
  party server;
};

std::string code(const result<void>& outcome) {
  return outcome ? "none" : std::string{name(outcome.error().code)};
}

bytes body(const bytes& frame) {
  return copy(byte_view{frame}.subspan(wire::atls::frame_header_bytes));
}

template <class Message>
bytes written(const Message& from) {
  return body(write_frame(from, report::encoding::json));
}

} // namespace

TEST_SUITE_BEGIN("atls/handshake");

TEST_CASE("a mode says who proves itself") {
  CHECK(is_attested(side::client, mode::mutual));
  CHECK(is_attested(side::server, mode::mutual));
  CHECK(is_attested(side::client, mode::client));
  CHECK(!is_attested(side::server, mode::client));
  CHECK(!is_attested(side::client, mode::server));
  CHECK(is_attested(side::server, mode::server));
  CHECK(!is_attested(side::client, mode::none));
  CHECK(!is_attested(side::server, mode::none));
}

TEST_CASE("both sides go on when both have proved what the mode demands") {
  for (const auto attest : {mode::mutual, mode::client, mode::server, mode::none}) {
    CAPTURE(wire::atls::name(attest));
    pair both{attest};
    if (!is_attested(side::client, attest))
      both.client.report = error{errc::internal, "is not wanted"};
    if (!is_attested(side::server, attest))
      both.server.report = error{errc::internal, "is not wanted"};
    both.talk();
    CHECK(both.client.ours.is_over());
    CHECK(both.server.ours.is_over());
    CHECK(both.client.ours.outcome());
    CHECK(both.server.ours.outcome());
  }
}

TEST_CASE("nobody goes on unless both demand the same mode") {
  for (const auto& [demanded, offered] : {std::pair{mode::mutual, mode::server},
                                          {mode::mutual, mode::client},
                                          {mode::mutual, mode::none},
                                          {mode::server, mode::none},
                                          {mode::client, mode::server}}) {
    party client{{side::client, offered}};
    party server{{side::server, demanded}};
    talk(client, server);
    CHECK(client.ours.is_over());
    CHECK(server.ours.is_over());
    CHECK(code(client.ours.outcome()) == "forbidden");
    CHECK(code(server.ours.outcome()) == "forbidden");
  }
}

TEST_CASE("who is not trusted is told, and does not go on either") {
  pair both{mode::mutual};
  both.server.verdict = error{errc::untrusted, "tpm.event"};
  both.talk();
  CHECK(to_string(both.server.ours.outcome().error()) == "untrusted: tpm.event");
  CHECK(to_string(both.client.ours.outcome().error())
        == "forbidden: aTLS complete: the peer refuses: untrusted: tpm.event");
}

TEST_CASE("who cannot attest says so, and neither goes on") {
  pair both{mode::mutual};
  both.client.report = error{errc::unavailable, "no driver"};
  both.talk();
  CHECK(code(both.client.ours.outcome()) == "unavailable");
  CHECK(to_string(both.server.ours.outcome().error())
        == "missing: aTLS response.report: the peer has none: unavailable: no driver");
}

TEST_CASE("a peer that has to prove itself and sends no report is refused") {
  handshake ours{{side::client, mode::server}, {}};
  ours.take(written(request{mode::server, {}}));
  ours.take(written(response{}));
  CHECK(code(ours.outcome()) == "missing");
  CHECK(ours.wants_message()); // what it sent before it knew is passed over
  ours.take(written(complete{true, {}}));
  CHECK(ours.is_over());
  CHECK(code(ours.outcome()) == "missing");
}

TEST_CASE("a report that is not asked for is refused") {
  handshake ours{{side::client, mode::client}, {}};
  ours.take(written(request{mode::client, {}}));
  ours.take(written(response{{}, to_bytes("report")}));
  CHECK(code(ours.outcome()) == "malformed");
}

TEST_CASE("a report over the limit is refused before it is judged") {
  handshake ours{{side::client, mode::server, report::encoding::cbor, 5}, {}};
  ours.take(written(request{mode::server, {}}));
  ours.take(written(response{{}, to_bytes("report")}));
  CHECK(!ours.take_verdict_wish());
  CHECK(code(ours.outcome()) == "too_large");
}

TEST_CASE("a peer that says it goes on before it has our report is refused") {
  handshake ours{{side::client, mode::mutual}, {}};
  ours.take(written(request{mode::mutual, {}}));
  ours.take(written(response{{}, to_bytes("report")}));
  ours.take(written(complete{true, {}})); // what could it have judged?
  CHECK(code(ours.outcome()) == "malformed");
}

TEST_CASE("a peer that judges faster than we do waits for us") {
  handshake ours{{side::client, mode::mutual}, {}};
  ours.take(written(request{mode::mutual, {}}));
  ours.give_report(to_bytes("ours"));
  ours.take(written(response{{}, to_bytes("theirs")}));
  ours.take(written(complete{true, {}}));
  CHECK(!ours.wants_message());
  CHECK(!ours.is_over());
  CHECK(code(ours.outcome()) == "internal");
  SUBCASE("and goes on with us") {
    ours.give_verdict({});
    CHECK(ours.is_over());
    CHECK(ours.outcome());
  }
  SUBCASE("or not, if we do not trust it") {
    ours.take_outgoing();
    ours.give_verdict(error{errc::untrusted, "x"});
    CHECK(ours.is_over());
    CHECK(code(ours.outcome()) == "untrusted");
    const auto told = wire::atls::read<complete>(body(ours.take_outgoing()));
    REQUIRE(told);
    CHECK(!told->success);
  }
}

TEST_CASE("a refusal may come in place of any message") {
  const auto refusal = written(complete{false, "no\x1b[31m"});
  handshake first{{side::client, mode::mutual}, {}};
  first.take(refusal);
  CHECK(first.is_over());
  CHECK(to_string(first.outcome().error())
        == "forbidden: aTLS complete: the peer refuses: no?[31m");
  handshake second{{side::client, mode::none}, {}};
  second.take(written(request{mode::none, {}}));
  second.take(body(write_frame(complete{false, "no"}, report::encoding::cbor)));
  CHECK(second.is_over());
  CHECK(code(second.outcome()) == "forbidden");
}

TEST_CASE("a refusal that comes after we agreed counts") {
  handshake ours{{side::client, mode::none}, {}};
  ours.take(written(request{mode::none, {}}));
  ours.take(written(response{}));
  ours.take_outgoing();
  ours.take(written(complete{false, "no"}));
  CHECK(ours.is_over());
  CHECK(code(ours.outcome()) == "forbidden");
  CHECK(ours.take_outgoing().empty()); // it would be the application's, whom the peer believes here
}

TEST_CASE("what is no message is refused in every place") {
  for (std::size_t good = 0; good < 3; ++good) {
    CAPTURE(good);
    handshake ours{{side::client, mode::none}, {}};
    if (good > 0)
      ours.take(written(request{mode::none, {}}));
    if (good > 1)
      ours.take(written(response{}));
    ours.take(to_bytes("GET / HTTP/1.1"));
    CHECK(code(ours.outcome()) == "malformed");
  }
}

TEST_CASE("after a failure only so many messages are passed over") {
  handshake ours{{side::client, mode::none}, {}};
  ours.take(to_bytes("?"));
  CHECK(!ours.is_over());
  for (int n = 0; n < 3; ++n)
    ours.take(to_bytes("?"));
  CHECK(ours.is_over());
}

TEST_CASE("what befalls the connection ends it at once") {
  handshake ours{{side::client, mode::mutual}, {}};
  ours.end({errc::timeout, "aTLS handshake: 10 s"});
  CHECK(ours.is_over());
  CHECK(code(ours.outcome()) == "timeout");
  ours.give_report(to_bytes("late"));
  ours.give_verdict({});
  CHECK(code(ours.outcome()) == "timeout");
}

TEST_CASE("a message may be as long as what is awaited") {
  handshake ours{{side::client, mode::server, report::encoding::cbor, 1000}, {}};
  CHECK(ours.max_message_bytes() == wire::atls::max_request_bytes);
  ours.take(written(request{mode::server, {}}));
  CHECK(ours.max_message_bytes() == wire::atls::max_response_bytes(1000));
  ours.take(written(response{{}, to_bytes("report")}));
  CHECK(ours.max_message_bytes() == wire::atls::max_complete_bytes);
}

TEST_SUITE_END();
