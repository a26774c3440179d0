#include "shared/http/request.hpp"
#include "shared/http/service.hpp"
#include "tests/atls/sides.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

using namespace troth;
using namespace troth::testing;
using namespace std::chrono_literals;
namespace bhttp = boost::beast::http;

namespace {

constexpr auto loopback = "127.0.0.1";

/// A server that knows nothing of attestation: it answers with what it was asked.
struct plain_server {
  plain_server() { accept(); }
  ~plain_server() {
    runs.context.stop();
    const std::lock_guard lock{mutex};
    for (auto& each : answering)
      each.join();
  }

  void accept() {
    listener.async_accept([this](const boost::system::error_code& why, tcp::socket socket) {
      if (why)
        return;
      ++connections;
      const std::lock_guard lock{mutex};
      answering.emplace_back([this, socket = std::move(socket)]() mutable { answer(socket); });
      accept();
    });
  }

  void answer(tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    for (boost::system::error_code why; !why;) {
      bhttp::request_parser<bhttp::string_body> read;
      read.body_limit(10'000'000);
      bhttp::read(socket, buffer, read, why);
      if (why)
        return;
      const auto& asked = read.get();
      http::response out{bhttp::status::ok, 11};
      for (const auto& each : asked)
        out.body() += std::string{each.name_string()} + ": " + std::string{each.value()} + '\n';
      out.body() += std::string{asked.target()} + '\n' + asked.body();
      if (asked.target() == "/slow") {
        answer_slowly(socket);
        continue;
      }
      if (asked.target() == "/chunked")
        out.chunked(true);
      else
        out.prepare_payload();
      bhttp::write(socket, out, why);
    }
  }

  /// Five bytes, over longer than a proxy that saw nothing move would wait.
  static void answer_slowly(tcp::socket& to) {
    boost::system::error_code ignored;
    asio::write(to, asio::buffer(std::string{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}),
                ignored);
    for (int n = 0; n < 5; ++n) {
      std::this_thread::sleep_for(350ms);
      asio::write(to, asio::buffer("x", 1), ignored);
    }
  }

  atls::address address() const {
    return {loopback, std::to_string(listener.local_endpoint().port())};
  }

  std::atomic<int> connections = 0;
  std::mutex mutex;
  std::vector<std::thread> answering;
  loop runs;
  tcp::acceptor listener{runs.context, {asio::ip::address_v4::loopback(), 0}};
};

/// A reverse proxy in front of that server, and a forward proxy that reaches it.
struct proxies {
  explicit proxies(std::chrono::milliseconds patience_each = 20s) : patience(patience_each) {
    auto how = with(m.there);
    how.on_verdict = [this](const atls::peer&) { ++attestations; };
    behind = *http::reverse(runs.context.get_executor(), settings(), {m.server, how},
                            plain.address());
    front = *http::forward(runs.context.get_executor(), settings(), {m.client, with(m.here)});
  }

  http::service_settings settings() {
    http::service_settings out{{loopback, "0"}};
    out.patience = patience;
    out.on_failure = [this](const std::string&, const error& why) {
      const std::lock_guard lock{mutex};
      failures.push_back(to_string(why));
    };
    return out;
  }

  std::string target(const std::string& path) const {
    return "http://localhost:" + std::to_string(behind->port()) + path;
  }

  bool has_failed_with(const std::string& text) {
    for (int n = 0; n < 200; ++n, std::this_thread::sleep_for(10ms)) {
      const std::lock_guard lock{mutex};
      for (const auto& each : failures)
        if (each.find(text) != std::string::npos)
          return true;
    }
    return false;
  }

  std::chrono::milliseconds patience;
  machines m;
  plain_server plain;
  std::atomic<int> attestations = 0;
  std::mutex mutex;
  std::vector<std::string> failures;
  loop runs;
  std::shared_ptr<http::service> behind;
  std::shared_ptr<http::service> front;
};

/// A program that asks the forward proxy.
struct browser {
  explicit browser(const proxies& of) {
    socket.connect({asio::ip::address_v4::loopback(), of.front->port()});
  }

  http::response ask(http::request what) {
    what.prepare_payload();
    bhttp::write(socket, what);
    bhttp::response_parser<bhttp::string_body> out;
    out.body_limit(10'000'000);
    bhttp::read(socket, buffer, out);
    return out.release();
  }

  asio::io_context context;
  tcp::socket socket{context};
  boost::beast::flat_buffer buffer;
};

bool has(const http::response& in, const std::string& text) {
  return in.body().find(text) != std::string::npos;
}

} // namespace

TEST_SUITE_BEGIN("http/services");

TEST_CASE("a program that knows nothing of attestation reaches a server that knows as little") {
  proxies p;
  p.m.there->signers = {"the client's machine"};
  browser one{p};
  for (int n = 0; n < 3; ++n) {
    http::request asked{bhttp::verb::post, p.target("/path?q"), 11};
    asked.body() = "what is asked";
    asked.set("Troth-Peer-Signer", "forged");
    asked.set("Proxy-Authorization", "for the proxy");
    const auto got = one.ask(asked);
    CHECK(got.result_int() == 200);
    CHECK(has(got, "/path?q\nwhat is asked"));
    CHECK(has(got, "Troth-Peer-Verdict: trusted"));
    CHECK(has(got, "Troth-Peer-Signer: the client's machine"));
    CHECK(!has(got, "forged"));
    CHECK(!has(got, "for the proxy"));
  }
  browser other{p};
  CHECK(has(other.ask({bhttp::verb::get, p.target("/chunked"), 11}), "/chunked"));
  CHECK(p.attestations == 1); // one connection served them all
  CHECK(p.plain.connections == 1);
}

TEST_CASE("a body is passed on however long it is, and HEAD has none") {
  proxies p;
  browser one{p};
  http::request large{bhttp::verb::put, p.target("/large"), 11};
  large.body() = std::string(3'000'000, 'x');
  CHECK(one.ask(large).body().ends_with(large.body()));
  large.chunked(true);
  large.erase(bhttp::field::content_length);
  bhttp::write(one.socket, large);
  http::response got;
  bhttp::response_parser<bhttp::string_body> parser;
  parser.body_limit(10'000'000);
  bhttp::read(one.socket, one.buffer, parser);
  CHECK(parser.get().body().ends_with(large.body()));
  bhttp::write(one.socket, http::request{bhttp::verb::head, p.target("/"), 11});
  bhttp::response_parser<bhttp::string_body> head;
  head.skip(true);
  bhttp::read(one.socket, one.buffer, head);
  CHECK(head.get().result_int() == 200);
  CHECK(one.ask({bhttp::verb::get, p.target("/again"), 11}).result_int() == 200);
}

TEST_CASE("CONNECT makes a tunnel to who has proved itself") {
  proxies p;
  browser one{p};
  const auto port = std::to_string(p.behind->port());
  http::request connect{bhttp::verb::connect, "localhost:" + port, 11};
  bhttp::write(one.socket, connect);
  bhttp::response_parser<bhttp::empty_body> ready;
  ready.skip(true);
  bhttp::read(one.socket, one.buffer, ready);
  CHECK(ready.get().result_int() == 200);
  CHECK(has(one.ask({bhttp::verb::get, "/inside", 11}), "/inside"));
}

TEST_CASE("what moves is not given up, however long it takes, and what does not is") {
  proxies p{1500ms};
  browser one{p};
  CHECK(one.ask({bhttp::verb::get, p.target("/slow"), 11}).body() == "xxxxx");
  browser two{p};
  bhttp::write(two.socket, http::request{bhttp::verb::connect,
                                         "localhost:" + std::to_string(p.behind->port()), 11});
  bhttp::response_parser<bhttp::empty_body> ready;
  ready.skip(true);
  bhttp::read(two.socket, two.buffer, ready);
  CHECK(two.ask({bhttp::verb::get, "/slow", 11}).body() == "xxxxx");
  char rest = 0;
  boost::system::error_code why;
  two.socket.read_some(asio::buffer(&rest, 1), why);
  CHECK(why == asio::error::eof);
}

TEST_CASE("who is refused is a 502 with the reason, for the program and in the log") {
  proxies p;
  p.m.here->is_trusting = false;
  browser one{p};
  const auto got = one.ask({bhttp::verb::get, p.target("/"), 11});
  CHECK(got.result_int() == 502);
  CHECK(got.body() == "untrusted: aTLS: the peer: another report\n");
  CHECK(p.has_failed_with("untrusted: aTLS: the peer: another report"));
  CHECK(p.has_failed_with("forbidden: aTLS complete: the peer refuses"));
  browser two{p};
  const auto port = std::to_string(p.behind->port());
  CHECK(two.ask({bhttp::verb::connect, "localhost:" + port, 11}).result_int() == 502);
  CHECK(p.plain.connections == 0);
}

TEST_CASE("a request that is none of a proxy is refused") {
  proxies p;
  for (const auto* target : {"/", "https://x/", "http://:1/", "http://x:99999/"}) {
    browser one{p};
    CAPTURE(target);
    CHECK(one.ask({bhttp::verb::get, target, 11}).result_int() == 400);
  }
  browser one{p};
  CHECK(one.ask({bhttp::verb::connect, "localhost", 11}).result_int() == 400);
  browser two{p};
  asio::write(two.socket, asio::buffer(std::string{"GET / HTTP/1.1\r\nContent-Length: 5\r\n"
                                                   "Transfer-Encoding: chunked\r\n\r\n"}));
  http::response got;
  bhttp::read(two.socket, two.buffer, got);
  CHECK(got.result_int() == 400);
}

TEST_CASE("a server that is not there is a 502 to the peer") {
  proxies p;
  p.plain.listener.close();
  browser one{p};
  const auto got = one.ask({bhttp::verb::get, p.target("/"), 11});
  CHECK(got.result_int() == 502);
  CHECK(got.body() == "unavailable: the server behind this proxy\n");
}

TEST_CASE("a client and a server of ours speak over one attestation") {
  machines m;
  loop runs;
  std::atomic<int> attestations = 0;
  auto how = with(m.there);
  how.on_verdict = [&](const atls::peer&) { ++attestations; };
  http::service_settings at{{loopback, "0"}};
  const auto server = *http::serve(
    runs.context.get_executor(), at, {m.server, how},
    [](const http::request& asked, const atls::peer& who) {
      http::response out{bhttp::status::ok, 11};
      out.body() = std::string{asked.target()} + (who.is_attested ? " attested" : "")
                   + asked.body();
      return out;
    },
    1000);
  asio::io_context context;
  http::client ours{context.get_executor(), {m.client, with(m.here)}, 5s, 10'000};
  const http::target to{{"localhost", std::to_string(server->port())}, "/a"};
  for (int n = 0; n < 3; ++n) {
    const auto got = ours.send(context, to, {bhttp::verb::get, "", 11});
    REQUIRE(got);
    CHECK(got->message.body() == "/a attested");
    CHECK(got->by.verdict.is_trusted);
  }
  CHECK(attestations == 1);
  CHECK(ours.idle() == 1);
  http::request large{bhttp::verb::post, "", 11};
  large.body() = std::string(1001, 'x');
  CHECK(ours.send(context, to, large)->message.result_int() == 413);
  m.here->is_trusting = false;
  const auto refused = ours.send(context, to, {bhttp::verb::get, "", 11});
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::untrusted);
}

TEST_SUITE_END();
