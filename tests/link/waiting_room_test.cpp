#include "shared/link/waiting_room.hpp"

#include "shared/link/node_claims.hpp"
#include "shared/link/roster.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <unistd.h>

using namespace troth;
using namespace std::chrono_literals;
using time_of_day = link::waiting_room::time_point;

namespace {

const time_of_day start{1h};

struct roster_fixture {
  link::roster peers{{3, 2}};
  std::vector<link::descriptor> others;

  std::shared_ptr<link::lifeline> add(std::uint64_t door, const std::string& address,
                                      link::identity who = {}) {
    std::array<int, 2> made{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, made.data()) == 0);
    others.emplace_back(made[0]);
    others.emplace_back(made[1]);
    auto out = std::make_shared<link::lifeline>(made[0], std::move(who), door, address);
    peers.add(out);
    return out;
  }

  /// Whether the connection that was added as the nth has been cut.
  bool is_cut(std::size_t number) {
    char one = 0;
    return recv(others.at(2 * number + 1).get(), &one, 1, 0) == 0;
  }
};

} // namespace

TEST_SUITE_BEGIN("link/waiting_room");

TEST_CASE("where all places are taken, the one who waits longest goes") {
  link::waiting_room room{{3, 3, 1s}};
  CHECK(!room.enter(1, "a", start));
  CHECK(!room.enter(2, "b", start));
  CHECK(!room.enter(3, "c", start));
  CHECK(room.enter(4, "d", start) == std::uint64_t{1});
  CHECK(room.size() == 3);
}

TEST_CASE("an address that has its share pays with one of its own") {
  link::waiting_room room{{4, 2, 1s}};
  CHECK(!room.enter(1, "a", start));
  CHECK(!room.enter(2, "b", start));
  CHECK(!room.enter(3, "b", start));
  CHECK(room.enter(4, "b", start) == std::uint64_t{2});
  room.leave(1);
  room.leave(1);
  CHECK(room.size() == 2);
}

TEST_CASE("who has waited too long is told, once") {
  link::waiting_room room{{4, 4, 1s}};
  CHECK(!room.next_due());
  room.enter(1, "a", start);
  room.enter(2, "b", start + 500ms);
  CHECK(room.next_due() == start + 1s);
  CHECK(room.overdue(start + 999ms).empty());
  CHECK(room.overdue(start + 1s) == std::vector<std::uint64_t>{1});
  CHECK(room.next_due() == start + 1500ms);
  CHECK(room.overdue(start + 2s) == std::vector<std::uint64_t>{2});
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("link/roster");

TEST_CASE_FIXTURE(roster_fixture, "a door and a host have so many peers and no more") {
  add(1, "a");
  const auto second = add(1, "a");
  CHECK(peers.crowd(1, "a") == std::string{"too many peers of one host are connected"});
  CHECK(peers.crowd(1, "b") == nullptr);
  CHECK(peers.crowd(2, "a") == nullptr);
  add(1, "b");
  CHECK(peers.crowd(1, "c") == std::string{"too many peers are connected"});
  second->let_go();
  CHECK(peers.crowd(1, "a") == nullptr);
}

TEST_CASE_FIXTURE(roster_fixture, "who does not greet in time is cut, and who did is not") {
  add(1, "a")->limit(start);
  const auto greeted = add(1, "b");
  greeted->limit(start);
  greeted->lift();
  peers.sweep(start - 1ms, {});
  CHECK(!is_cut(0));
  peers.sweep(start, {});
  CHECK(is_cut(0));
  CHECK(!is_cut(1));
}

TEST_CASE_FIXTURE(roster_fixture, "a certificate that has ended or was denied ends its link") {
  link::identity until_noon;
  until_noon.until = time_point{12h};
  until_noon.fingerprint = "f";
  add(1, "a", until_noon);
  peers.sweep(start, time_point{12h});
  CHECK(!is_cut(0));
  peers.sweep(start, time_point{12h} + 1s);
  CHECK(is_cut(0));
  add(1, "b", until_noon);
  add(1, "c");
  int told = 0;
  peers.cut([](const std::string& one) { return one == "f"; },
            [&](const link::identity&) { ++told; });
  CHECK(told == 2);
  CHECK(is_cut(1));
  CHECK(!is_cut(2));
}

TEST_CASE("who is gone is not cut: its number may be another's") {
  std::array<int, 2> made{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, made.data()) == 0);
  const link::descriptor one{made[0]};
  const link::descriptor other{made[1]};
  link::lifeline life{one.get(), {}, 1, ""};
  life.let_go();
  life.cut();
  char byte = 0;
  CHECK(recv(other.get(), &byte, 1, 0) == -1);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("link/node_claims");

TEST_CASE("a node is one peer's as long as a connection of it lasts") {
  link::node_claims claims;
  const link::node one{1};
  CHECK(claims.claim(one, "a"));
  CHECK(claims.claim(one, "a"));
  CHECK(!claims.claim(one, "b"));
  claims.release(one);
  CHECK(!claims.claim(one, "b"));
  claims.release(one);
  CHECK(claims.claim(one, "b"));
  CHECK(claims.claim({2}, "a"));
}

TEST_SUITE_END();
