#include "shared/atls/renewal.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::atls;
using wire::atls::complete;
using wire::atls::response;

namespace {

const bytes challenge(wire::atls::challenge_bytes, 7);

std::string code(const result<void>& outcome) {
  return outcome ? "none" : std::string{name(outcome.error().code)};
}

struct both {
  explicit both(mode attest = mode::mutual)
    : client({side::client, attest, report::encoding::cbor, 100'000}),
      server({side::server, attest, report::encoding::json, 100'000}) {
    // nop
  }

  /// Carries what is outgoing, in steps of so many bytes.
  void carry(std::size_t step = 1'000'000) {
    for (auto* from : {&client, &server}) {
      auto& to = from == &client ? server : client;
      const auto sent = from->take_outgoing();
      for (auto rest = byte_view{sent}; !rest.empty();) {
        const auto part = rest.first(std::min(step, rest.size()));
        to.take(part);
        rest = rest.subspan(part.size());
      }
    }
  }

  renewal client;
  renewal server;
};

bytes record(std::uint8_t kind, const bytes& body) {
  bytes out{kind, 0, static_cast<std::uint8_t>(body.size() >> 8U),
            static_cast<std::uint8_t>(body.size())};
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

template <class Message>
bytes message(std::uint8_t kind, const Message& from) {
  auto frame = write_frame(from, report::encoding::cbor);
  frame.erase(frame.begin(), frame.begin() + wire::atls::frame_header_bytes);
  return record(kind, frame);
}

} // namespace

TEST_SUITE_BEGIN("atls/renewal");

TEST_CASE("a peer proves itself again while the application speaks") {
  both m;
  m.client.write(to_bytes("before "));
  REQUIRE(m.client.demand(challenge, {"aa"}));
  CHECK(m.client.is_demanding());
  m.client.write(to_bytes("after"));
  m.carry(3);
  CHECK(to_text(m.server.take_data()) == "before after");
  const auto wish = m.server.take_report_wish();
  REQUIRE(wish);
  CHECK(wish->challenge == challenge);
  CHECK(wish->cached == std::vector<std::string>{"aa"});
  CHECK(!m.server.take_report_wish());
  const bytes large(90'000, 1); // several records
  m.server.give_report(large);
  m.server.write(to_bytes("answer"));
  m.carry(1000);
  CHECK(to_text(m.client.take_data()) == "answer");
  const auto theirs = m.client.take_verdict_wish();
  REQUIRE(theirs);
  CHECK(theirs->report == large);
  CHECK(theirs->challenge == challenge);
  m.client.give_verdict({});
  CHECK(!m.client.is_demanding());
  m.carry();
  CHECK(code(m.client.state()) == "none");
  CHECK(code(m.server.state()) == "none");
  REQUIRE(m.client.demand(challenge, {})); // and once more
  m.carry();
  CHECK(m.server.take_report_wish());
}

TEST_CASE("both may demand at once") {
  both m;
  REQUIRE(m.client.demand(challenge, {}));
  REQUIRE(m.server.demand(challenge, {}));
  m.carry();
  m.client.take_report_wish();
  m.server.take_report_wish();
  m.client.give_report(to_bytes("c"));
  m.server.give_report(to_bytes("s"));
  m.carry();
  CHECK(m.client.take_verdict_wish()->report == to_bytes("s"));
  CHECK(m.server.take_verdict_wish()->report == to_bytes("c"));
  m.client.give_verdict({});
  m.server.give_verdict({});
  m.carry();
  CHECK(code(m.client.state()) == "none");
  CHECK(code(m.server.state()) == "none");
}

TEST_CASE("nothing passes once the peer is not trusted any more") {
  both m;
  REQUIRE(m.client.demand(challenge, {}));
  m.carry();
  m.server.take_report_wish();
  m.server.give_report(to_bytes("bad"));
  m.server.write(to_bytes("more"));
  m.carry();
  m.client.give_verdict(error{errc::untrusted, "tpm.event"});
  CHECK(code(m.client.state()) == "untrusted");
  CHECK(m.client.take_data().empty());
  m.client.write(to_bytes("secret"));
  m.carry();
  CHECK(m.server.take_data().empty());
  REQUIRE(!m.server.state());
  CHECK(to_string(m.server.state().error())
        == "forbidden: aTLS complete: the peer refuses: untrusted: tpm.event");
  CHECK(m.server.take_outgoing().empty());
}

TEST_CASE("who has no report any more is refused") {
  both m;
  REQUIRE(m.client.demand(challenge, {}));
  m.carry();
  m.server.take_report_wish();
  m.server.give_report(error{errc::unavailable, "no TPM"});
  m.carry();
  CHECK(code(m.client.state()) == "missing");
  m.carry();
  CHECK(code(m.server.state()) == "forbidden");
}

TEST_CASE("what the mode does not have prove itself is not demanded") {
  both m{mode::server};
  CHECK(code(m.server.demand(challenge, {})) == "forbidden");
  CHECK(code(m.client.demand(challenge, {})) == "none");
  CHECK(code(m.client.demand(challenge, {})) == "conflict");
  both n{mode::server};
  n.client.take(message(1, wire::atls::demand{challenge, {}}));
  CHECK(code(n.client.state()) == "forbidden");
}

TEST_CASE("a message in another's place is refused") {
  const auto refusal = [](const bytes& received) {
    both m;
    m.client.take(received);
    return code(m.client.state());
  };
  const auto demand = message(1, wire::atls::demand{challenge, {}});
  auto twice = demand;
  twice.insert(twice.end(), demand.begin(), demand.end());
  CHECK(refusal(demand) == "none");
  CHECK(refusal(twice) == "malformed");
  CHECK(refusal(message(1, wire::atls::demand{bytes(31, 1), {}})) == "malformed");
  CHECK(refusal(message(2, response{{}, to_bytes("r")})) == "malformed");
  CHECK(refusal(message(3, complete{true, {}})) == "malformed");
  CHECK(refusal(message(3, complete{false, "no"})) == "forbidden");
  CHECK(refusal(record(4, {1})) == "malformed");
  CHECK(refusal(record(0x80, {1})) == "malformed");
  CHECK(refusal({0, 0, 0x40, 0}) == "too_large");
  CHECK(refusal({0, 0xff, 0xff, 0xff}) == "too_large");
  auto mixed = record(0x81, {1});
  const auto other = record(0x82, {1});
  mixed.insert(mixed.end(), other.begin(), other.end());
  CHECK(refusal(mixed) == "malformed");
}

TEST_CASE("a message grows no larger than its kind can be") {
  both m;
  const auto part = record(0x81, bytes(16'000, 1));
  std::size_t sent = 0;
  for (; !m.client.has_failed() && sent < 10'000'000; sent += 16'000)
    m.client.take(part);
  CHECK(code(m.client.state()) == "too_large");
  CHECK(sent <= wire::atls::max_request_bytes + 16'000);
}

TEST_CASE("every beginning of a record waits for the rest") {
  both m;
  m.client.write(to_bytes("data"));
  const auto sent = m.client.take_outgoing();
  for (std::size_t size = 0; size < sent.size(); ++size) {
    both n;
    n.server.take(byte_view{sent}.first(size));
    CHECK(n.server.take_data().empty());
    CHECK(code(n.server.state()) == "none");
    n.server.take(byte_view{sent}.subspan(size));
    CHECK(to_text(n.server.take_data()) == "data");
  }
}

TEST_SUITE_END();
