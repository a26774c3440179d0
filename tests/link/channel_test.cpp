#include "shared/link/plain_channel.hpp"
#include "shared/link/tls_channel.hpp"
#include "tests/support/tls_pki.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>

using namespace troth;

namespace {

constexpr std::size_t body_bytes = 300'000; // some buffers, whatever the kernel makes of them

/// Two sockets that hold next to nothing, and whose writers must so be asked again and again.
struct socket_pair {
  std::array<link::descriptor, 2> ends;

  socket_pair() {
    std::array<int, 2> made{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, made.data()) == 0);
    for (std::size_t n = 0; n < made.size(); ++n) {
      ends.at(n) = link::descriptor{made.at(n)};
      const int tiny = 1;
      setsockopt(made.at(n), SOL_SOCKET, SO_SNDBUF, &tiny, sizeof(tiny));
    }
  }
};

std::string body() {
  std::string out(body_bytes, ' ');
  for (std::size_t n = 0; n < out.size(); ++n)
    out[n] = static_cast<char>('a' + n * n % 23);
  return out;
}

/// Writes as CAF does: what is told to be on its way is not offered again.
struct writer {
  link::channel& to;
  std::string left;
  std::size_t parts = 0; // that were not all there was

  bool write() {
    if (left.empty())
      return true;
    const auto put = to.write(left);
    if (!put)
      return false;
    parts += *put < left.size() ? 1 : 0;
    left.erase(0, *put);
    return true;
  }
};

bool read_into(std::string& all, link::channel& from, std::size_t at_a_time) {
  std::string some(at_a_time, ' ');
  for (;;) {
    const auto got = from.read(some);
    if (!got)
      return false;
    if (*got == 0)
      return true;
    all.append(some, 0, *got);
  }
}

/// Sends a body each way at the same time, in steps that the sockets make small.
void exchange(link::channel& one, link::channel& other) {
  writer from_one{one, body()};
  writer from_other{other, body()};
  std::string to_one;
  std::string to_other;
  for (int n = 0; n < 1'000'000 && (to_one.size() < body_bytes || to_other.size() < body_bytes);
       ++n) {
    REQUIRE(from_one.write());
    REQUIRE(from_other.write());
    REQUIRE(read_into(to_other, other, 777));
    REQUIRE(read_into(to_one, one, 100'000));
  }
  CHECK(to_one == body());
  CHECK(to_other == body());
  CHECK(from_one.parts > 10);
}

struct tls_pair {
  testing::tls_pki pki;
  socket_pair sockets;
  std::shared_ptr<link::keyring> server_keys = open("verifier");
  std::shared_ptr<link::keyring> client_keys = open("gateway");
  link::tls_channel server{server_keys->context(), sockets.ends[0].get(), link::side::accepting};
  link::tls_channel client{client_keys->context(), sockets.ends[1].get(), link::side::dialling};

  std::shared_ptr<link::keyring> open(const std::string& role) {
    auto opened = link::keyring::open(pki.issue(role), role);
    REQUIRE(opened);
    return *std::move(opened);
  }

  void shake_hands() {
    using progress = link::tls_channel::progress;
    auto one = progress::wants_read;
    auto other = progress::wants_read;
    for (int n = 0; n < 100 && (one != progress::done || other != progress::done); ++n) {
      other = client.shake_hands();
      one = server.shake_hands();
    }
    REQUIRE(one == progress::done);
    REQUIRE(other == progress::done);
    server.begin();
    client.begin();
  }
};

} // namespace

TEST_SUITE_BEGIN("link/channel");

TEST_CASE("plain bytes arrive whole over sockets that hold next to nothing") {
  const socket_pair sockets;
  link::plain_channel one{sockets.ends[0].get()};
  link::plain_channel other{sockets.ends[1].get()};
  exchange(one, other);
}

TEST_CASE_FIXTURE(tls_pair, "records arrive whole over sockets that hold next to nothing") {
  shake_hands();
  REQUIRE(server.peer());
  CHECK(server.peer()->subject() == "CN=gateway");
  exchange(server, client);
}

TEST_CASE_FIXTURE(tls_pair, "what a read brings along stays no secret of OpenSSL's") {
  shake_hands();
  writer three{server, std::string(3, 'x')};
  for (int n = 0; n < 3; ++n) {
    three.left = "abc";
    REQUIRE(three.write());
    REQUIRE(three.left.empty());
  }
  std::string some(2, ' ');
  REQUIRE(client.read(some) == std::size_t{2});
  CHECK(client.has_more());
  std::string rest;
  REQUIRE(read_into(rest, client, 1));
  CHECK(some + rest == "abcabcabc");
  CHECK(!client.has_more());
}

TEST_CASE_FIXTURE(tls_pair,
                  "bytes are told to be on their way once, also if reading sent the last") {
  shake_hands();
  writer stuck{server, std::string(60'000, 'x')};
  REQUIRE(stuck.write());
  REQUIRE(stuck.left.size() == 60'000); // encrypted, and owed
  std::string arrived;
  for (int n = 0; n < 10'000 && arrived.size() < 60'000; ++n) {
    REQUIRE(read_into(arrived, client, 4096));
    std::string none(10, ' ');
    REQUIRE(client.write("!")); // something to read for the server ...
    REQUIRE(server.read(none)); // ... which sends what it owes, too
  }
  CHECK(arrived == std::string(60'000, 'x'));
  CHECK(server.write(stuck.left) == std::size_t{60'000});
  REQUIRE(read_into(arrived, client, 4096));
  CHECK(arrived.size() == 60'000);
}

TEST_CASE_FIXTURE(tls_pair, "the end is told after what came before it") {
  shake_hands();
  writer last{server, "last"};
  REQUIRE(last.write());
  sockets.ends[0] = link::descriptor{};
  std::string some(10, ' ');
  REQUIRE(client.read(some) == std::size_t{4});
  std::optional<std::size_t> then = 0;
  for (int n = 0; n < 3 && then; ++n)
    then = client.read(some);
  CHECK(!then);
  CHECK(!client.write("x"));
}

TEST_CASE_FIXTURE(tls_pair, "what is no record ends the connection") {
  shake_hands();
  const std::string nonsense(100, 'x');
  REQUIRE(send(sockets.ends[0].get(), nonsense.data(), nonsense.size(), MSG_NOSIGNAL) == 100);
  std::string some(10, ' ');
  CHECK(!client.read(some));
}

TEST_SUITE_END();
