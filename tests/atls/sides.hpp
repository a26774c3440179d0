#pragma once

#include "shared/atls/connection.hpp"
#include "shared/base/hex.hpp"
#include "tests/support/tls_pki.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Two sides of attested TLS, and who stands between them.

namespace troth::testing {

using namespace troth::atls;

namespace asio = boost::asio;
using asio::ip::tcp;

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
    out.signers = signers;
    then(std::move(out));
  }

  std::atomic<bool> is_trusting = true;
  std::vector<std::string> signers;
  std::string asked_for;
  std::vector<std::string> peer_has;
  appraisal_order judged;
};

inline tls_settings files(const link::credentials& of) {
  return {of.ca, of.certificate, of.key};
}

inline settings with(const std::shared_ptr<attester>& who, mode attest = mode::mutual) {
  settings out;
  out.attest = attest;
  out.with = who;
  return out;
}

inline std::string code(const result<connection>& of) {
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
inline void pass_on(tls_stream& from, tls_stream& to, int count) {
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

inline void listen_until_closed(tls_stream& from) {
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

} // namespace troth::testing
