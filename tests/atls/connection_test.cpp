#include "tests/atls/sides.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <thread>

using namespace troth;
using namespace troth::atls;
using namespace troth::testing;
using namespace std::chrono_literals;

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

TEST_CASE("another good machine than the one we mean is refused") {
  machines m;
  m.here->signers = {"the machine"};
  auto how = with(m.here);
  for (const auto* const meant : {"the machine", "another"}) {
    CAPTURE(meant);
    how.signer = meant;
    acceptor server{m.server, with(m.there)};
    const auto client = dial({"localhost", server.port()}, m.client, how);
    CHECK(code(client) == (how.signer == "another" ? "untrusted" : "none"));
    CHECK(code(server.take()) == (how.signer == "another" ? "forbidden" : "none"));
  }
  how.attest = mode::client; // then the server proves nothing
  CHECK(code(dial({"localhost", "1"}, m.client, how)) == "conflict");
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

TEST_CASE("what is longer than a record arrives whole, whoever waits") {
  machines m;
  bytes sent(2 * max_write_bytes + tls_record_bytes + 1);
  for (std::size_t at = 0; at < sent.size(); ++at)
    sent[at] = static_cast<std::uint8_t>(at % 251);
  for (const auto is : {renewing::never, renewing::offered}) {
    auto here = with(m.here);
    auto there = with(m.there);
    here.renewal.is = there.renewal.is = is;
    acceptor server{m.server, there};
    auto made = dial({"localhost", server.port()}, m.client, here);
    auto taken = server.take();
    REQUIRE(made);
    REQUIRE(taken);
    auto ours = *std::move(made);
    auto theirs = *std::move(taken);
    bytes got(sent.size());
    std::thread writer{[&] { asio::write(ours, asio::buffer(sent)); }};
    asio::read(theirs, asio::buffer(got));
    writer.join();
    CHECK((got == sent));
    got.assign(sent.size(), 0);
    std::promise<std::size_t> written;
    asio::async_write(theirs, asio::buffer(sent),
                      [&](const boost::system::error_code& why, std::size_t size) {
                        CHECK(!why);
                        written.set_value(size);
                      });
    asio::read(ours, asio::buffer(got));
    CHECK(written.get_future().get() == sent.size());
    CHECK((got == sent));
  }
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
  how.deadline = 1s;
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
