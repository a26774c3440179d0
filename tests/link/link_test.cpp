#include "shared/link/link.hpp"

#include "shared/files/files.hpp"
#include "tests/support/tls_pki.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <mutex>
#include <poll.h>
#include <set>
#include <thread>
#include <unistd.h>

using namespace troth;
using namespace std::chrono_literals;

namespace {

using hold_atom = caf::atom_constant<caf::atom("hold")>;
using echo_actor = caf::typed_actor<caf::replies_to<std::string>::with<std::string>,
                                    caf::replies_to<hold_atom>::with<std::string>>;

struct echo_state {
  std::vector<caf::typed_response_promise<std::string>> held;
};

echo_actor::behavior_type echo(echo_actor::stateful_pointer<echo_state> self,
                               const std::string& prefix) {
  return {
    [=](const std::string& text) { return prefix + text; },
    [=](hold_atom) {
      self->state.held.push_back(
        self->make_response_promise<caf::typed_response_promise<std::string>>());
      return self->state.held.back();
    },
  };
}

/// Two processes, but that they are one.
struct link_fixture {
  testing::tls_pki pki;
  std::mutex mutex;
  std::vector<std::string> notes; // guarded by mutex

  struct node {
    std::unique_ptr<link::transport> transport;
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
    link::options out{files, role, {"gateway"}, *link::find_local_users({}, {}), {}};
    out.note = [this](const std::string& what) {
      const std::lock_guard lock{mutex};
      notes.push_back(what);
    };
    return out;
  }

  void start(node& which, link::options chosen) {
    chosen.message_types = link::configure(which.config, 1);
    auto opened = link::transport::open(chosen);
    REQUIRE(opened);
    which.transport = *std::move(opened);
    which.system = std::make_unique<caf::actor_system>(which.config);
    which.dialer = which.transport->spawn_dialer(*which.system);
  }

  void start_both() {
    start(server, options(pki.issue("verifier"), "verifier"));
    start(client, options(pki.issue("gateway"), "gateway"));
  }

  /// Publishes at the server. Returns where.
  std::string publish(const std::string& at = "127.0.0.1:0") {
    server.published = server.system->spawn(echo, "echo ");
    const auto where = server.transport->publish(server.published, *link::parse_endpoint(at));
    REQUIRE(where);
    return to_string(*where);
  }

  /// Dials from the client. Returns nothing if that fails, and why.
  echo_actor dial(const std::string& where, const std::string& role = "verifier") {
    return dial_by_name(where, where, role);
  }
  echo_actor dial_by_name(const std::string& where, const std::string& name,
                          const std::string& role = "verifier") {
    caf::scoped_actor self{*client.system};
    echo_actor out;
    self->request(client.dialer, 10s, link::dial_atom::value, where, name, role)
      .receive(
        [&](const caf::strong_actor_ptr& actor, const std::set<std::string>& interfaces) {
          REQUIRE(client.system->assignable<echo_actor>(interfaces));
          out = caf::actor_cast<echo_actor>(actor);
        },
        [&](const caf::error& why) { failure = caf::to_string(why); });
    return out;
  }
  std::string failure;

  std::string ask(const echo_actor& actor, const std::string& text = "x") {
    caf::scoped_actor self{*client.system};
    std::string out;
    self->request(actor, 5s, text)
      .receive([&](const std::string& answer) { out = answer; },
               [&](const caf::error& why) { out = caf::to_string(why); });
    return out;
  }

  /// Waits until there is a note with `text` in it.
  bool is_noted(const std::string& text) {
    for (int n = 0; n < 300; ++n) {
      {
        const std::lock_guard lock{mutex};
        for (const auto& one : notes)
          if (one.find(text) != std::string::npos)
            return true;
      }
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
};

/// A TCP connection that speaks no TLS.
class raw_connection {
public:
  explicit raw_connection(const std::string& where) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(link::parse_endpoint(where)->at.port);
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
      if (left < 0ms || poll(&one, 1, static_cast<int>(left.count())) <= 0)
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
  REQUIRE_MESSAGE(remote, failure);
  CHECK(ask(remote) == "echo x");
  CHECK(ask(remote, std::string(1 << 20, 'y')) == "echo " + std::string(1 << 20, 'y'));
  CHECK(notes.empty());
  const auto counted = server.transport->counts().read();
  CHECK(counted.roles.at("gateway").connections == 1);
  CHECK(counted.roles.at("gateway").received_bytes > (1 << 20));
}

TEST_CASE_FIXTURE(link_fixture, "whom we dial must be the host that we dialled") {
  start(server,
        options(pki.issue("verifier", {pki.role_uri("verifier")}, "DNS:one.example"), "verifier"));
  start(client, options(pki.issue("gateway"), "gateway"));
  const auto where = publish();
  const auto port = std::to_string(link::parse_endpoint(where)->at.port);
  CHECK(!dial(where));
  CHECK_MESSAGE(
    failure.find("certificate for one.example, expected 127.0.0.1") != std::string::npos, failure);
  CHECK(!dial_by_name(where, "tls://two.example:" + port));
  CHECK(client.transport->counts().read().handshakes.at("name") == 2);
  const auto remote = dial_by_name(where, "tls://One.Example:" + port);
  REQUIRE_MESSAGE(remote, failure);
  CHECK(ask(remote) == "echo x");
}

TEST_CASE_FIXTURE(link_fixture, "a listener that is told names lets in nobody else") {
  auto chosen = options(pki.issue("verifier"), "verifier");
  chosen.accepted_names = {"gateway-1.example", "10.0.0.1"};
  start(server, chosen);
  start(client, options(pki.issue("gateway"), "gateway"));
  CHECK(!dial(publish()));
  CHECK(is_noted("name: CN=gateway: certificate for localhost, 127.0.0.1, expected "
                 "gateway-1.example, 10.0.0.1"));
  CHECK(server.transport->counts().read().handshakes.at("name") == 1);
}

TEST_CASE_FIXTURE(link_fixture, "a listener that is told names lets these in") {
  auto chosen = options(pki.issue("verifier"), "verifier");
  chosen.accepted_names = {"gateway-1.example", "127.0.0.1"};
  start(server, chosen);
  start(client, options(pki.issue("gateway"), "gateway"));
  CHECK_MESSAGE(dial(publish()), failure);
}

TEST_CASE_FIXTURE(link_fixture, "a certificate without a host name is nobody's") {
  start(server, options(pki.issue("verifier"), "verifier"));
  start(client, options(pki.issue("gateway", {pki.role_uri("gateway")}, ""), "gateway"));
  CHECK(!dial(publish()));
  CHECK(is_noted("name: CN=gateway: certificate: no DNS name or IP address"));
}

TEST_CASE_FIXTURE(link_fixture, "a Unix socket needs no certificates") {
  testing::temporary_folder folder;
  const auto path = (folder.path() / "socket").string();
  start(server, options({}, "verifier"));
  start(client, options({}, "gateway"));
  const auto where = publish("unix://" + path);
  CHECK(where == "unix://" + path);
  const auto remote = dial(where);
  REQUIRE_MESSAGE(remote, failure);
  CHECK(ask(remote) == "echo x");
  CHECK(ask(remote, std::string(1 << 20, 'y')) == "echo " + std::string(1 << 20, 'y'));
  CHECK(!dial("tls://127.0.0.1:1"));
  CHECK(failure.find("no certificate of ours") != std::string::npos);
}

TEST_CASE_FIXTURE(link_fixture, "a user who is not expected is refused, on either side") {
  testing::temporary_folder folder;
  const auto path = (folder.path() / "socket").string();
  auto stranger = options({}, "verifier");
  stranger.users = {{geteuid() + 1}, {}};
  SUBCASE("that listens") {
    start(server, stranger);
    start(client, options({}, "gateway"));
  }
  SUBCASE("that dials") {
    start(server, options({}, "verifier"));
    start(client, stranger);
  }
  CHECK(!dial(publish("unix://" + path)));
}

TEST_CASE_FIXTURE(link_fixture, "a peer that dials with another role is refused") {
  start(server, options(pki.issue("verifier"), "verifier"));
  start(client, options(pki.issue("est"), "est"));
  CHECK(!dial(publish()));
  CHECK(is_noted("CN=est: role est, expected gateway"));
  CHECK(server.transport->counts().read().handshakes.at("role") == 1);
}

TEST_CASE_FIXTURE(link_fixture, "a peer that is dialled and has another role is refused") {
  start(server, options(pki.issue("prover"), "prover"));
  start(client, options(pki.issue("gateway"), "gateway"));
  CHECK(!dial(publish()));
  CHECK(failure.find("CN=prover: role prover, expected verifier") != std::string::npos);
}

TEST_CASE_FIXTURE(link_fixture, "a peer of another CA is refused, on either side") {
  testing::tls_pki other;
  start(server, options(pki.issue("verifier"), "verifier"));
  start(client, options(other.issue("gateway"), "gateway"));
  CHECK(!dial(publish()));
  CHECK(is_noted("tls: "));
}

TEST_CASE_FIXTURE(link_fixture, "what waits for a peer that is lost fails at once") {
  start_both();
  const auto remote = dial(publish());
  REQUIRE_MESSAGE(remote, failure);
  std::atomic<int> failed = 0;
  const auto asking = client.system->spawn(
    [&](caf::event_based_actor* self, int requests) -> caf::behavior {
      for (int n = 0; n < requests; ++n)
        self->request(remote, 30s, hold_atom::value)
          .then([](const std::string&) {},
                [&](const caf::error&) { ++failed; }); // of the link, or of the actor: who is first
      return {[](const std::string&) {}};
    },
    10);
  const auto is_outstanding = [&] {
    return client.transport->counts().read().roles.at("verifier").outstanding == 10;
  };
  for (int n = 0; n < 500 && !is_outstanding(); ++n)
    std::this_thread::sleep_for(10ms);
  CHECK(is_outstanding());
  const auto begun = std::chrono::steady_clock::now();
  caf::anon_send_exit(server.published, caf::exit_reason::kill);
  caf::anon_send_exit(server.dialer, caf::exit_reason::kill);
  server.published = nullptr;
  server.dialer = nullptr;
  server.system.reset();
  for (int n = 0; n < 500 && failed < 10; ++n)
    std::this_thread::sleep_for(10ms);
  CHECK(failed == 10);
  CHECK(std::chrono::steady_clock::now() - begun < 4s);
  CHECK(client.transport->counts().read().roles.at("verifier").outstanding == 0);
  caf::anon_send_exit(asking, caf::exit_reason::kill);
}

TEST_CASE_FIXTURE(link_fixture, "a certificate that is denied later loses its link") {
  const auto files = pki.issue("verifier");
  const auto theirs = pki.issue("gateway");
  auto chosen = options(files, "verifier");
  chosen.files.denied = pki.path("denied");
  std::ofstream{chosen.files.denied} << "# nobody\n";
  start(server, chosen);
  start(client, options(theirs, "gateway"));
  const auto where = publish();
  const auto remote = dial(where);
  REQUIRE_MESSAGE(remote, failure);
  std::ofstream{chosen.files.denied} << pki.fingerprint(theirs) << '\n';
  CHECK(is_noted("localhost: on the deny list now"));
  for (int n = 0; n < 300 && ask(remote) == "echo x"; ++n)
    std::this_thread::sleep_for(10ms);
  CHECK(ask(remote) != "echo x");
  CHECK(!dial(where));
  CHECK(is_noted("denied: localhost"));
}

TEST_CASE_FIXTURE(link_fixture, "an address in use is an error, and a socket left behind is not") {
  start_both();
  const auto taken = server.transport->publish(server.system->spawn(echo, ""),
                                               *link::parse_endpoint(publish()));
  REQUIRE(!taken);
  CHECK(taken.error().code == errc::io);
  testing::temporary_folder folder;
  const auto path = (folder.path() / "socket").string();
  const auto at = *link::parse_endpoint("unix://" + path);
  {
    const auto first = link::listening_socket::open(at);
    REQUIRE(first);
    CHECK(!link::listening_socket::open(at));
  }
  CHECK(!std::filesystem::exists(path));
  {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof(name.sun_path) - 1);
    const link::descriptor killed{socket(AF_UNIX, SOCK_STREAM, 0)};
    REQUIRE(bind(killed.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0);
  }
  CHECK(std::filesystem::exists(path));
  CHECK(link::listening_socket::open(at));
  REQUIRE(files::write(path, to_bytes("precious"), files::access::owner));
  const auto file = link::listening_socket::open(at);
  REQUIRE_FALSE(file);
  CHECK(file.error().code == errc::io);
  CHECK(to_text(*files::read(path, 100)) == "precious");
}

TEST_CASE_FIXTURE(link_fixture,
                  "what is sent to the port by strangers does not touch other links") {
  start_both();
  const auto where = publish();
  const auto remote = dial(where);
  REQUIRE_MESSAGE(remote, failure);
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
  REQUIRE_MESSAGE(remote, failure);
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
  REQUIRE_MESSAGE(remote, failure);
  std::vector<std::unique_ptr<raw_connection>> strangers;
  for (int n = 0; n < 80; ++n)
    strangers.push_back(std::make_unique<raw_connection>(where));
  CHECK(strangers.front()->is_closed_within(1s));
  CHECK(!strangers.back()->is_closed_within(0ms));
  CHECK(ask(remote) == "echo x");
  const auto another = dial(where); // honest, and so quick
  CHECK_MESSAGE(another, failure);
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
  CHECK(ask_dialer("127.0.0.1:80") == std::vector<std::string>{"tls://127.0.0.1:80"});
  CHECK(ask_dialer("tls://[::1]:80") == std::vector<std::string>{"tls://[::1]:80"});
  CHECK(ask_dialer("unix:///a") == std::vector<std::string>{"unix:///a"});
  const auto local = ask_dialer("localhost:80");
  CHECK(std::find(local.begin(), local.end(), "tls://127.0.0.1:80") != local.end());
  CHECK(ask_dialer("nobody.invalid:80").empty());
  CHECK(ask_dialer("nonsense").empty());
  CHECK(!dial("127.0.0.1:1"));
}

TEST_CASE("each actor system is a node of its own, wherever it runs") {
  std::set<std::uint8_t>
    first_bytes; // that differ only in what CAF counts up, were CAF to make them
  for (int n = 0; n < 8; ++n) {
    caf::actor_system_config config;
    link::configure(config, 1);
    const caf::actor_system system{config};
    const auto* const own
      = dynamic_cast<const caf::node_id::default_data*>(system.node().operator->());
    REQUIRE(own != nullptr);
    CHECK(own->process_id() == static_cast<std::uint32_t>(getpid()));
    first_bytes.insert(own->host_id().front());
  }
  CHECK(first_bytes.size() > 1);
}

TEST_SUITE_END();
