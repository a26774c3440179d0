#include "tests/atls/sides.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

using namespace troth;
using namespace troth::atls;
using namespace troth::testing;
using namespace std::chrono_literals;

namespace {

settings renewing_with(const std::shared_ptr<attester>& who,
                       std::chrono::milliseconds every = 0ms) {
  auto out = with(who);
  out.renewal = {renewing::demanded, every, 5s};
  return out;
}

/// Both ends of one connection that may be attested again.
struct pair {
  pair(machines& m, const settings& how)
    : server(m.server, renewing_with(m.there)),
      ours(*dial({"localhost", server.port()}, m.client, how)), theirs(*server.take()) {
    // nop
  }

  acceptor server;
  connection ours;
  connection theirs;
};

std::string read(connection& from, std::size_t size) {
  std::string out(size, ' ');
  boost::system::error_code why;
  out.resize(asio::read(from, asio::buffer(out), why));
  return why ? out + '|' + why.message() : out;
}

std::string code(const result<void>& outcome) {
  return outcome ? "none" : std::string{name(outcome.error().code)};
}

} // namespace

TEST_SUITE_BEGIN("atls/live_stream");

TEST_CASE("a peer proves itself again, and each time for a nonce of its own") {
  machines m;
  std::atomic<int> verdicts = 0;
  auto how = renewing_with(m.here);
  how.on_verdict = [&](const peer& who) { verdicts += who.verdict.is_trusted ? 1 : 100; };
  pair p{m, how};
  CHECK(p.ours.renews());
  auto last = m.here->judged.nonce;
  asio::write(p.ours, asio::buffer(std::string{"question"}));
  CHECK(read(p.theirs, 8) == "question");
  for (int n = 0; n < 3; ++n) {
    CHECK(code(p.ours.renew()) == "none");
    CHECK(m.here->judged.nonce != last);
    last = m.here->judged.nonce;
  }
  CHECK(code(p.theirs.renew()) == "none");
  CHECK(verdicts == 4);
  asio::write(p.theirs, asio::buffer(std::string{"answer"}));
  CHECK(read(p.ours, 6) == "answer");
}

TEST_CASE("a peer that is not trusted any more is heard no more, and learns why") {
  machines m;
  pair p{m, renewing_with(m.here)};
  m.here->is_trusting = false;
  CHECK(code(p.ours.renew()) == "untrusted");
  CHECK(code(p.ours.state()) == "untrusted");
  CHECK(code(p.ours.renew()) == "untrusted");
  CHECK(read(p.ours, 1) == "|attested TLS: untrusted");
  CHECK(read(p.theirs, 1) == "|attested TLS: forbidden");
  boost::system::error_code why;
  asio::write(p.ours, asio::buffer(std::string{"secret"}), why);
  CHECK(why == boost::system::error_code{static_cast<int>(errc::untrusted), failure_category()});
}

TEST_CASE("an answer that was good once is none to another demand") {
  struct parrot : honest {
    void attest(const bytes& nonce, const std::vector<std::string>& cached,
                answer<bytes> then) override {
      if (std::exchange(is_first, false))
        return honest::attest(nonce, cached, std::move(then));
      if (kept.empty())
        kept = to_bytes("report for " + hex(nonce));
      then(kept);
    }
    bool is_first = true;
    bytes kept; // of the first demand
  };
  machines m;
  m.there = std::make_shared<parrot>();
  pair p{m, renewing_with(m.here)};
  CHECK(code(p.ours.renew()) == "none");
  CHECK(code(p.ours.renew()) == "untrusted");
  CHECK(read(p.theirs, 1) == "|attested TLS: forbidden");
}

TEST_CASE("at an interval a peer proves itself without being told to") {
  machines m;
  std::mutex mutex;
  std::condition_variable changed;
  int verdicts = 0;
  auto how = renewing_with(m.here, 20ms);
  how.on_verdict = [&](const peer&) {
    const std::lock_guard lock{mutex};
    ++verdicts;
    changed.notify_all();
  };
  pair p{m, how};
  std::unique_lock lock{mutex};
  CHECK(changed.wait_for(lock, 10s, [&] { return verdicts >= 4; }));
  lock.unlock();
  m.here->is_trusting = false;
  CHECK(read(p.ours, 1) == "|attested TLS: untrusted");
}

TEST_CASE("a peer that does not answer is given up") {
  struct mute : honest {
    void attest(const bytes& nonce, const std::vector<std::string>& cached,
                answer<bytes> then) override {
      if (is_first.exchange(false))
        honest::attest(nonce, cached, std::move(then));
    }
    std::atomic<bool> is_first = true;
  };
  machines m;
  m.there = std::make_shared<mute>();
  auto how = renewing_with(m.here);
  how.renewal.deadline = 200ms;
  pair p{m, how};
  CHECK(code(p.ours.renew()) == "timeout");
  CHECK(read(p.theirs, 1) == "|attested TLS: forbidden");
}

TEST_CASE("much passes both ways while both prove themselves") {
  machines m;
  pair p{m, renewing_with(m.here, 5ms)};
  const std::string much(2'000'000, 'x');
  std::thread echo{[&] {
    const auto got = read(p.theirs, much.size());
    asio::write(p.theirs, asio::buffer(got));
  }};
  std::thread sending{[&] { asio::write(p.ours, asio::buffer(much)); }};
  CHECK(read(p.ours, much.size()) == much);
  sending.join();
  echo.join();
}

TEST_CASE("a peer that cannot attest again is as the reference, unless it is demanded") {
  machines m;
  auto how = renewing_with(m.here);
  {
    acceptor server{m.server, with(m.there)};
    CHECK(testing::code(dial({"localhost", server.port()}, m.client, how)) == "unsupported");
    CHECK(testing::code(server.take()) == "forbidden");
  }
  how.renewal.is = renewing::offered;
  acceptor server{m.server, with(m.there)};
  auto made = dial({"localhost", server.port()}, m.client, how);
  REQUIRE(testing::code(made) == "none");
  auto ours = *std::move(made);
  auto theirs = *server.take();
  CHECK(!ours.renews());
  CHECK(code(ours.renew()) == "unsupported");
  asio::write(ours, asio::buffer(std::string{"plain"}));
  CHECK(read(theirs, 5) == "plain");
}

TEST_CASE("a connection that is closed tells those who wait for it") {
  machines m;
  pair p{m, renewing_with(m.here)};
  std::promise<boost::system::error_code> ended;
  std::array<char, 1> into{};
  p.theirs.async_read_some(asio::buffer(into), [&](const boost::system::error_code& why,
                                                   std::size_t) { ended.set_value(why); });
  p.ours.close();
  CHECK(ended.get_future().get() == asio::error::eof);
  CHECK(code(p.ours.renew()) == "unavailable");
}

TEST_SUITE_END();
