#include "shared/atls/connection.hpp"

#include "shared/base/hex.hpp"
#include "tests/support/tls_pki.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include <array>
#include <future>
#include <optional>
#include <string>
#include <thread>

using namespace troth;
using namespace troth::atls;
using namespace std::chrono_literals;

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::tls_pki;

/// Attests with the nonce itself, and trusts whoever has done that for the nonce that it asked for.
class honest : public attester {
public:
  void find_cached(const std::string& peer, answer<std::vector<std::string>> then) override {
    asked_for = peer;
    then(std::vector<std::string>{"aa"});
  }
  void attest(const bytes& nonce, const std::vector<std::string>& cached,
              answer<bytes> then) override {
    peer_has = cached;
    then(to_bytes("report for " + hex(nonce)));
  }
  void appraise(const appraisal_order& asked, answer<appraised> then) override {
    judged = asked;
    appraised out;
    out.is_trusted = is_trusting && to_text(asked.report) == "report for " + hex(asked.nonce);
    out.reason = "another report";
    then(std::move(out));
  }

  bool is_trusting = true;
  std::string asked_for;
  std::vector<std::string> peer_has;
  appraisal_order judged;
};

tls_settings files(const link::credentials& of) {
  return {of.ca, of.certificate, of.key};
}

settings with(const std::shared_ptr<attester>& who, mode attest = mode::mutual) {
  settings out;
  out.attest = attest;
  out.with = who;
  return out;
}

std::string code(const result<connection>& of) {
  return of ? "none" : std::string{name(of.error().code)};
}

/// A loop in a thread of its own.
struct loop {
  ~loop() {
    context.stop();
    thread.join();
  }

  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
  std::thread thread{[this] { context.run(); }};
};

/// One attested connection that is accepted.
struct acceptor {
  acceptor(const tls_context& tls, const settings& how) {
    listener.async_accept([this, tls, how](const boost::system::error_code& why, auto socket) {
      if (!why)
        async_attest(std::move(socket), side::server, "", tls, how,
                     [this](result<connection> made) { done.set_value(std::move(made)); });
    });
  }

  std::string port() const { return std::to_string(listener.local_endpoint().port()); }
  result<connection> take() { return done.get_future().get(); }

  loop runs;
  tcp::acceptor listener{runs.context, {asio::ip::address_v4::loopback(), 0}};
  std::promise<result<connection>> done;
};

/// A peer that does what a test lets it do with the bare TLS stream.
struct crook {
  crook(const tls_context& tls, std::function<void(tls_stream&)> act)
    : thread([this, tls, act = std::move(act)] {
        tls_stream stream{listener.accept(), *tls};
        boost::system::error_code why;
        stream.handshake(tls_stream::server, why);
        if (!why)
          act(stream);
      }) {
    // nop
  }
  ~crook() { thread.join(); }

  std::string port() const { return std::to_string(listener.local_endpoint().port()); }

  asio::io_context context;
  tcp::acceptor listener{context, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread;
};

/// Passes whole frames on, `count` of them.
void pass_on(tls_stream& from, tls_stream& to, int count) {
  boost::system::error_code why;
  for (int n = 0; n < count && !why; ++n) {
    bytes frame(wire::atls::frame_header_bytes);
    asio::read(from, asio::buffer(frame), why);
    if (why)
      return;
    frame.resize(frame.size() + wire::atls::length_in(frame));
    asio::read(from, asio::buffer(frame) + wire::atls::frame_header_bytes, why);
    asio::write(to, asio::buffer(frame), why);
  }
}

template <class Message>
void say(tls_stream& to, const Message& what) {
  boost::system::error_code ignored;
  asio::write(to, asio::buffer(write_frame(what, report::encoding::cbor)), ignored);
}

void listen_until_closed(tls_stream& from) {
  boost::system::error_code why;
  std::array<char, 4096> ignored{};
  while (!why)
    from.read_some(asio::buffer(ignored), why);
}

struct machines {
  tls_pki pki;
  link::credentials server_files = pki.issue("verifier");
  link::credentials client_files = pki.issue("gateway");
  tls_context server = *make_context(side::server, files(server_files));
  tls_context client = *make_context(side::client, files(client_files));
  std::shared_ptr<honest> here = std::make_shared<honest>();
  std::shared_ptr<honest> there = std::make_shared<honest>();
};

} // namespace

TEST_SUITE_BEGIN("atls/connection");

TEST_CASE("both sides speak once both have proved themselves") {
  machines m;
  acceptor server{m.server, with(m.there)};
  std::optional<peer> seen;
  auto how = with(m.here);
  how.policies = to_bytes("policy");
  how.on_verdict = [&](const peer& who) { seen = who; };
  auto client = dial({"localhost", server.port()}, m.client, how);
  REQUIRE(code(client) == "none");
  auto ours = *std::move(client);
  auto accepted = server.take();
  REQUIRE(code(accepted) == "none");
  auto theirs = *std::move(accepted);
  asio::write(ours, asio::buffer(std::string{"question"}));
  std::array<char, 8> read{};
  asio::read(theirs, asio::buffer(read));
  CHECK(std::string(read.begin(), read.end()) == "question");
  CHECK(ours.who().is_attested);
  CHECK(ours.who().tls.fingerprint == tls_pki::fingerprint(m.server_files));
  CHECK(theirs.who().tls.fingerprint == tls_pki::fingerprint(m.client_files));
  CHECK(ours.who().tls.names == std::vector<std::string>{"localhost", "127.0.0.1"});
  REQUIRE(seen);
  CHECK(seen->verdict.is_trusted);
  CHECK(m.here->asked_for == tls_pki::fingerprint(m.server_files));
  CHECK(m.here->judged.peer == m.here->asked_for);
  CHECK(m.here->judged.policies == to_bytes("policy"));
  CHECK(m.here->judged.address == "127.0.0.1:" + server.port());
  CHECK(m.there->peer_has == std::vector<std::string>{"aa"});
  CHECK(m.here->judged.nonce != m.there->judged.nonce);
  ours.close();
  boost::system::error_code why;
  asio::read(theirs, asio::buffer(read), why);
  CHECK(why == asio::error::eof);
}

TEST_CASE("only who has to is judged") {
  machines m;
  for (const auto attest : {mode::client, mode::server, mode::none}) {
    acceptor server{m.server, with(m.there, attest)};
    auto client = dial({"127.0.0.1", server.port()}, m.client, with(m.here, attest));
    REQUIRE(code(client) == "none");
    CHECK(client->who().is_attested == (attest == mode::server));
    const auto theirs = server.take();
    REQUIRE(code(theirs) == "none");
    CHECK(theirs->who().is_attested == (attest == mode::client));
  }
}

TEST_CASE("a client may have no certificate where the server lets it") {
  machines m;
  auto lenient = files(m.server_files);
  lenient.demands_certificate = false;
  const auto anonymous = *make_context(side::client, {m.client_files.ca, "", ""});
  acceptor server{*make_context(side::server, lenient), with(m.there)};
  auto client = dial({"localhost", server.port()}, anonymous, with(m.here));
  CHECK(code(client) == "none");
  CHECK(m.there->asked_for.empty()); // nobody's metadata is known by no name
  acceptor strict{m.server, with(m.there)};
  CHECK(code(dial({"localhost", strict.port()}, anonymous, with(m.here))) == "forbidden");
  CHECK(code(strict.take()) == "malformed");
}

TEST_CASE("who is not trusted learns why, and neither speaks") {
  machines m;
  m.there->is_trusting = false;
  acceptor server{m.server, with(m.there)};
  const auto client = dial({"localhost", server.port()}, m.client, with(m.here));
  REQUIRE(!client);
  CHECK(to_string(client.error())
        == "forbidden: aTLS complete: the peer refuses: untrusted: aTLS: the peer: another report");
  CHECK(code(server.take()) == "untrusted");
}

TEST_CASE("the other side of the wire must be whom we meant") {
  machines m;
  const auto other = m.pki.issue("other", {tls_pki::role_uri("verifier")}, "DNS:other.example");
  acceptor server{*make_context(side::server, files(other)), with(m.there)};
  CHECK(code(dial({"localhost", server.port()}, m.client, with(m.here))) == "untrusted");
  tls_pki strangers;
  acceptor foreign{*make_context(side::server, files(strangers.issue("verifier"))), with(m.there)};
  CHECK(code(dial({"localhost", foreign.port()}, m.client, with(m.here))) == "untrusted");
}

TEST_CASE("a report that was made for another connection is refused") {
  machines m;
  acceptor server{m.server, with(m.there)};
  // Someone in the middle, with a good certificate, has both prove themselves to each other.
  crook middle{m.server, [&](tls_stream& to_client) {
                 asio::io_context context;
                 tcp::socket socket{context};
                 socket.connect(server.listener.local_endpoint());
                 tls_stream to_server{std::move(socket), *m.client};
                 to_server.handshake(tls_stream::client);
                 std::thread back{[&] { pass_on(to_server, to_client, 3); }};
                 pass_on(to_client, to_server, 3);
                 back.join();
               }};
  CHECK(code(dial({"localhost", middle.port()}, m.client, with(m.here))) == "untrusted");
  CHECK(code(server.take()) != "none");
}

TEST_CASE("our own report is not the peer's") {
  machines m;
  crook mirror{m.server, [](tls_stream& stream) { pass_on(stream, stream, 3); }};
  CHECK(code(dial({"localhost", mirror.port()}, m.client, with(m.here))) == "untrusted");
}

TEST_CASE("a mode is not lowered by the peer") {
  machines m;
  for (const auto offered : {mode::server, mode::client, mode::none}) {
    acceptor server{m.server, with(m.there, mode::mutual)};
    CHECK(code(dial({"localhost", server.port()}, m.client, with(m.here, offered))) == "forbidden");
    CHECK(code(server.take()) == "forbidden");
  }
}

TEST_CASE("nothing of the application passes before both are done") {
  machines m;
  crook hasty{m.server, [](tls_stream& stream) {
                say(stream, wire::atls::request{});
                asio::write(stream, asio::buffer(std::string{"\0\0\0\5hello", 9}));
                listen_until_closed(stream);
              }};
  CHECK(code(dial({"localhost", hasty.port()}, m.client, with(m.here))) == "malformed");
}

TEST_CASE("a length of 4 GiB is refused at once") {
  machines m;
  crook liar{m.server, [](tls_stream& stream) {
               asio::write(stream, asio::buffer(std::string(4, '\xff')));
               listen_until_closed(stream);
             }};
  CHECK(code(dial({"localhost", liar.port()}, m.client, with(m.here))) == "too_large");
}

TEST_CASE("who says nothing, or half of it, is given up") {
  machines m;
  auto how = with(m.here);
  how.deadline = 300ms;
  crook silent{m.server, listen_until_closed};
  CHECK(code(dial({"localhost", silent.port()}, m.client, how)) == "timeout");
  crook slow{m.server, [](tls_stream& stream) {
               asio::write(stream, asio::buffer(std::string{"\0\0", 2}));
               listen_until_closed(stream);
             }};
  CHECK(code(dial({"localhost", slow.port()}, m.client, how)) == "timeout");
}

TEST_CASE("another version of TLS is refused") {
  machines m;
  const auto old = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  old->use_certificate_chain_file(m.server_files.certificate);
  old->use_private_key_file(m.server_files.key, asio::ssl::context::pem);
  SSL_CTX_set_max_proto_version(old->native_handle(), TLS1_2_VERSION);
  crook server{old, listen_until_closed};
  CHECK(code(dial({"localhost", server.port()}, m.client, with(m.here))) == "forbidden");
}

TEST_CASE("no session can be resumed") {
  machines m;
  crook server{m.server, listen_until_closed};
  asio::io_context context;
  tcp::socket socket{context};
  socket.connect(server.listener.local_endpoint());
  tls_stream stream{std::move(socket), *m.client};
  stream.handshake(tls_stream::client);
  CHECK(SSL_SESSION_is_resumable(SSL_get_session(stream.native_handle())) == 0);
  CHECK(look_at(stream.native_handle()));
}

TEST_CASE("an answer that comes when nobody waits for it disturbs nobody") {
  struct slow : honest {
    void attest(const bytes&, const std::vector<std::string>&, answer<bytes> then) override {
      late = std::move(then);
    }
    answer<bytes> late;
  };
  machines m;
  const auto here = std::make_shared<slow>();
  acceptor server{m.server, with(m.there)};
  auto how = with(here);
  how.deadline = 300ms;
  CHECK(code(dial({"localhost", server.port()}, m.client, how)) == "timeout");
  REQUIRE(here->late);
  here->late(to_bytes("report")); // its loop is gone
  CHECK(code(server.take()) != "none");
}

TEST_CASE("who gives up is told") {
  machines m;
  loop runs;
  tcp::acceptor silent{runs.context, {asio::ip::address_v4::loopback(), 0}};
  const auto port = std::to_string(silent.local_endpoint().port());
  std::promise<result<connection>> done;
  const auto begun = async_dial(runs.context.get_executor(), {"localhost", port}, m.client,
                                with(m.here),
                                [&](result<connection> made) { done.set_value(std::move(made)); });
  begun.cancel();
  CHECK(code(done.get_future().get()) == "unavailable");
  begun.cancel(); // does nothing more
}

TEST_CASE("a connection that cannot be made says why") {
  machines m;
  CHECK(code(dial({"localhost", "1"}, m.client, with(m.here))) == "unavailable");
  CHECK(code(dial({"no such host", "1"}, m.client, with(m.here))) == "unavailable");
  CHECK(code(dial({"localhost", "1"}, m.client, with(nullptr))) == "missing");
}

TEST_CASE("TLS needs roots, and a server a certificate") {
  machines m;
  const auto made = [](side ours, const tls_settings& from) {
    const auto out = make_context(ours, from);
    return out ? "none" : std::string{name(out.error().code)};
  };
  CHECK(made(side::client, {}) == "missing");
  CHECK(made(side::server, {m.server_files.ca, "", ""}) == "missing");
  CHECK(made(side::client, {"/no/such/file", "", ""}) == "io");
  CHECK(made(side::client, {m.client_files.ca, m.client_files.certificate, "/no/such/file"})
        == "io");
  CHECK(made(side::server, {m.server_files.ca, "", "", true,
                            [](SSL_CTX*) -> result<void> {
                              return error{errc::unavailable, "TPM"};
                            }})
        == "unavailable");
}

TEST_SUITE_END();
