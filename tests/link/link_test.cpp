#include "shared/link/link.hpp"

#include "shared/link/dialer.hpp"
#include "shared/link/handshake.hpp"
#include "shared/link/socket.hpp"
#include "tests/support/tls_pki.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <mutex>
#include <poll.h>
#include <thread>
#include <unistd.h>

using namespace troth;
using namespace std::chrono_literals;

namespace {

using echo_actor = caf::typed_actor<caf::replies_to<std::string>::with<std::string>>;

echo_actor::behavior_type echo(const std::string& prefix) {
  return {[=](const std::string& text) { return prefix + text; }};
}

/// Two systems with a certificate each, in one process.
struct link_fixture {
  testing::tls_pki pki;
  std::mutex mutex;
  std::vector<std::string> refusals; // guarded by mutex

  struct node {
    caf::actor_system_config config;
    std::unique_ptr<caf::actor_system> system;
    link::dialer_actor dialer;
    echo_actor published;

    ~node() {
      caf::anon_send_exit(dialer, caf::exit_reason::kill);
      caf::anon_send_exit(published, caf::exit_reason::kill);
    }
  };
  node server;
  node client;

  link::options options(const link::credentials& files, const std::string& role) {
    return {files, role, {{"gateway"}, {"verifier"}, [this](const std::string& why) {
                            const std::lock_guard lock{mutex};
                            refusals.push_back(why);
                          }}};
  }

  void start(node& which, const link::credentials& files, const std::string& role) {
    REQUIRE(link::configure(which.config, options(files, role)));
    which.system = std::make_unique<caf::actor_system>(which.config);
    which.dialer = which.system->spawn<caf::detached>(link::dialer, link::connect_time);
  }

  /// Publishes at the server. Returns where.
  std::string publish() {
    server.published = server.system->spawn(echo, "echo ");
    const auto port = link::publish(server.published, {"127.0.0.1", 0});
    REQUIRE(port);
    return link::to_string({"127.0.0.1", *port});
  }

  /// Dials from the client. Returns nothing if that fails.
  echo_actor dial(const std::string& where) {
    caf::scoped_actor self{*client.system};
    echo_actor out;
    self->request(client.dialer, 10s, link::dial_atom::value, where)
      .receive(
        [&](const caf::strong_actor_ptr& actor, const std::set<std::string>& interfaces) {
          REQUIRE(client.system->assignable<echo_actor>(interfaces));
          out = caf::actor_cast<echo_actor>(actor);
        },
        [](const caf::error&) {});
    return out;
  }

  std::string ask(const echo_actor& actor) {
    caf::scoped_actor self{*client.system};
    std::string out;
    self->request(actor, 5s, std::string{"x"})
      .receive([&](const std::string& text) { out = text; },
               [&](const caf::error& why) { out = caf::to_string(why); });
    return out;
  }

  void start_both() {
    start(server, pki.issue("verifier"), "verifier");
    start(client, pki.issue("gateway"), "gateway");
  }

  /// Returns why the only refusal so far was.
  std::string refusal() {
    for (int n = 0; n < 100; ++n) {
      const std::lock_guard lock{mutex};
      if (!refusals.empty())
        return refusals.front();
      std::this_thread::sleep_for(10ms);
    }
    return "none";
  }
};

/// A TCP connection that speaks no TLS.
class raw_connection {
public:
  explicit raw_connection(const std::string& where) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(link::parse_address(where)->port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
  }
  raw_connection(const raw_connection&) = delete;
  raw_connection& operator=(const raw_connection&) = delete;
  ~raw_connection() { close(fd_); }

  void send(const std::string& text) {
    REQUIRE(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL)
            == static_cast<ssize_t>(text.size()));
  }

  /// Returns whether the other side hangs up in time.
  bool is_closed_within(std::chrono::milliseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
      pollfd one{fd_, POLLIN, 0};
      if (left <= 0ms || poll(&one, 1, static_cast<int>(left.count())) <= 0)
        return false;
      char some[256];
      if (recv(fd_, some, sizeof(some), 0) <= 0)
        return true;
    }
  }

private:
  int fd_;
};

std::chrono::microseconds cpu_time() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) {
    return std::chrono::seconds{t.tv_sec} + std::chrono::microseconds{t.tv_usec};
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

} // namespace

TEST_SUITE_BEGIN("link/link");

TEST_CASE_FIXTURE(link_fixture,
                  "a peer with a certificate of ours and the right role is talked to") {
  start_both();
  const auto remote = dial(publish());
  REQUIRE(remote);
  CHECK(ask(remote) == "echo x");
  CHECK(refusals.empty());
}

TEST_CASE_FIXTURE(link_fixture, "a peer that dials with another role is refused") {
  start(server, pki.issue("verifier"), "verifier");
  start(client, pki.issue("est"), "est");
  CHECK(!dial(publish()));
  CHECK(refusal() == "CN=est: role est, expected gateway");
}

TEST_CASE_FIXTURE(link_fixture, "a peer that is dialled and has another role is refused") {
  start(server, pki.issue("prover"), "prover");
  start(client, pki.issue("gateway"), "gateway");
  CHECK(!dial(publish()));
  CHECK(refusal() == "CN=prover: role prover, expected verifier");
}

TEST_CASE_FIXTURE(link_fixture, "a peer of another CA is refused, on either side") {
  testing::tls_pki other;
  start(server, pki.issue("verifier"), "verifier");
  start(client, other.issue("gateway"), "gateway");
  CHECK(!dial(publish()));
}

TEST_CASE_FIXTURE(link_fixture, "certificates that are not ours to use do not start") {
  caf::actor_system_config config;
  const auto code = [&](const link::credentials& files, const std::string& role = "verifier") {
    const auto done = link::configure(config, options(files, role));
    return done ? std::string{"none"} : std::string{name(done.error().code)};
  };
  const auto good = pki.issue("verifier");
  CHECK(code(good) == "none");
  CHECK(code({"", good.certificate, good.key}) == "missing");
  CHECK(code({good.ca, "", good.key}) == "missing");
  CHECK(code({good.ca, good.certificate, ""}) == "missing");
  CHECK(code({good.ca, pki.path("none"), good.key}) == "io");
  CHECK(code({good.ca, good.key, good.key}) == "io");
  CHECK(code({good.key, good.certificate, good.key}) == "io");
  CHECK(code({good.ca, good.certificate, pki.issue("est").key}) == "io");
  CHECK(code(good, "gateway") == "forbidden");
  CHECK(code(pki.issue("nobody", {})) == "forbidden");
  CHECK(code(pki.issue("both", {"urn:troth:role:verifier", "urn:troth:role:est"})) == "forbidden");
  testing::tls_pki other;
  const auto stranger = other.issue("verifier");
  CHECK(code({good.ca, stranger.certificate, stranger.key}) == "untrusted");
}

TEST_CASE_FIXTURE(link_fixture, "an address in use is an error") {
  start_both();
  const auto taken = link::publish(server.system->spawn(echo, ""), *link::parse_address(publish()));
  REQUIRE(!taken);
  CHECK(taken.error().code == errc::io);
}

TEST_CASE_FIXTURE(link_fixture,
                  "what is sent to the port by strangers does not touch other links") {
  start_both();
  const auto where = publish();
  const auto remote = dial(where);
  REQUIRE(remote);
  for (int n = 0; n < 50; ++n) {
    raw_connection stranger{where};
    stranger.send(n % 2 == 0 ? std::string(200, 'x')
                             : std::string("\x16\x03\x01\x00\x05xxxxx", 10));
    if (n % 4 < 2)
      CHECK(stranger.is_closed_within(1s));
    CHECK(ask(remote) == "echo x");
  }
}

TEST_CASE_FIXTURE(link_fixture,
                  "a silent stranger is put out after three seconds and costs no core") {
  start_both();
  const auto where = publish();
  const auto remote = dial(where);
  REQUIRE(remote);
  raw_connection stranger{where};
  const auto before = cpu_time();
  CHECK(!stranger.is_closed_within(2'500ms));
  CHECK(ask(remote) == "echo x");
  CHECK(stranger.is_closed_within(1'500ms));
  CHECK(cpu_time() - before < 1s);
  CHECK(ask(remote) == "echo x");
}

TEST_CASE_FIXTURE(link_fixture, "of too many silent strangers the oldest go first") {
  start_both();
  const auto where = publish();
  const auto remote = dial(where);
  REQUIRE(remote);
  std::vector<std::unique_ptr<raw_connection>> strangers;
  for (std::size_t n = 0; n < link::max_handshakes + 10; ++n)
    strangers.push_back(std::make_unique<raw_connection>(where));
  CHECK(strangers.front()->is_closed_within(1s));
  CHECK(!strangers.back()->is_closed_within(0ms));
  const auto begun = std::chrono::steady_clock::now();
  CHECK(ask(remote) == "echo x");
  CHECK(std::chrono::steady_clock::now() - begun < 100ms);
}

TEST_CASE_FIXTURE(link_fixture,
                  "a name is resolved to all its addresses, and one of nobody is an error") {
  start_both();
  const auto ask_dialer = [&](const std::string& name) {
    caf::scoped_actor self{*client.system};
    std::vector<std::string> out;
    self->request(client.dialer, 10s, link::resolve_atom::value, name)
      .receive([&](const std::vector<std::string>& found) { out = found; },
               [](const caf::error&) {});
    return out;
  };
  CHECK(ask_dialer("127.0.0.1:80") == std::vector<std::string>{"127.0.0.1:80"});
  CHECK(ask_dialer("[::1]:80") == std::vector<std::string>{"[::1]:80"});
  const auto local = ask_dialer("localhost:80");
  CHECK(std::find(local.begin(), local.end(), "127.0.0.1:80") != local.end());
  CHECK(ask_dialer("nobody.invalid:80").empty());
  CHECK(ask_dialer("nonsense").empty());
  CHECK(!dial("127.0.0.1:1"));
}

TEST_SUITE_END();
