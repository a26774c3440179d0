#include "actors/peer_table.hpp"

#include <doctest/doctest.h>

using namespace troth::actors;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

const std::string peer_name = "verifier:1";
const std::string first_address = "10.0.0.1:1";
const std::string second_address = "10.0.0.2:1";
constexpr peer_table::time_point now{};

struct table_fixture {
  double jitter = 1.0; // the longest pause
  peer_table table{{peer_name}, [this] { return jitter; }};

  /// Makes the name lead to these, and all of them connected.
  void connect(const strings& addresses) {
    CHECK(table.names_due(now) == strings{peer_name});
    table.resolved(peer_name, addresses, now);
    CHECK(table.addresses_due(now) == addresses);
    for (const auto& one : addresses)
      table.connected(one);
  }

  std::string begin() { return table.begin().value_or("none"); }
};

} // namespace

TEST_SUITE_BEGIN("actors/peer_table");

TEST_CASE_FIXTURE(table_fixture, "a name is resolved first, then all its addresses are dialled") {
  CHECK(table.addresses_due(now).empty());
  CHECK(table.names_due(now) == strings{peer_name});
  CHECK(table.names_due(now).empty());
  table.resolved(peer_name, {first_address, second_address}, now);
  CHECK(table.addresses_due(now) == strings{first_address, second_address});
  CHECK(table.addresses_due(now).empty());
  CHECK(begin() == "none");
  table.connected(first_address);
  CHECK(table.connections() == 1);
  CHECK(begin() == first_address);
}

TEST_CASE_FIXTURE(table_fixture, "a name that is not known is tried again, ever less often") {
  auto at = now;
  for (const auto pause : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}) {
    CHECK(table.names_due(at) == strings{peer_name});
    table.not_resolved(peer_name, "unknown", at);
    CHECK(table.next_due() == at + pause);
    CHECK(table.names_due(at + pause - 1ms).empty());
    at += pause;
  }
  CHECK(table.reasons() == peer_name + ": unknown");
  table.names_due(at);
  table.resolved(peer_name, {first_address}, at);
  CHECK(table.reasons() == first_address + ": not dialled yet");
}

TEST_CASE_FIXTURE(table_fixture, "one that leaves is not picked until it was lost and is back") {
  connect({first_address, second_address});
  table.leaves(first_address);
  CHECK(table.connections() == 1);
  CHECK(table.reasons() == first_address + ": it stops");
  CHECK(begin() == second_address);
  CHECK(begin() == second_address);
  CHECK(table.addresses_due(now + 1h).empty()); // it may still answer what it has
  table.failed(first_address, "it stopped", now);
  CHECK(table.addresses_due(now + 100ms) == strings{first_address});
  table.leaves(first_address); // which is too late
  table.connected(first_address);
  CHECK(begin() == first_address);
}

TEST_CASE_FIXTURE(table_fixture, "a failure takes a pause that grows, and a connection ends it") {
  connect({first_address});
  auto at = now;
  for (const auto pause : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}) {
    table.failed(first_address, "refused", at);
    CHECK(begin() == "none");
    CHECK(table.addresses_due(at + pause - 1ms).empty());
    CHECK(table.addresses_due(at + pause) == strings{first_address});
    at += pause;
  }
  CHECK(table.reasons() == first_address + ": refused");
  table.connected(first_address);
  CHECK(table.reasons().empty());
  table.failed(first_address, "lost", at);
  CHECK(table.addresses_due(at + 100ms) == strings{first_address});
}

TEST_CASE_FIXTURE(table_fixture, "a pause is at least half of its length, and jitter decides") {
  connect({first_address});
  jitter = 0.0;
  table.failed(first_address, "lost", now);
  CHECK(table.next_due() == now + 50ms);
}

TEST_CASE_FIXTURE(table_fixture, "one that is not ours is tried again slowly") {
  connect({first_address});
  table.refused(first_address, "wrong role", now);
  CHECK(table.addresses_due(now + 29s).empty());
  CHECK(table.addresses_due(now + 30s) == strings{first_address});
}

TEST_CASE_FIXTURE(table_fixture,
                  "the one with the fewest requests is asked, and equals take turns") {
  connect({first_address, second_address});
  CHECK(begin() == first_address);
  CHECK(begin() == second_address);
  CHECK(begin() == first_address);
  CHECK(begin() == second_address);
  table.end(second_address);
  CHECK(begin() == second_address);
  table.end(first_address);
  table.end(first_address);
  CHECK(begin() == first_address);
  CHECK(begin() == first_address);
  CHECK(begin() == second_address);
}

TEST_CASE_FIXTURE(table_fixture, "one that was lost is not asked") {
  connect({first_address, second_address});
  table.failed(first_address, "lost", now);
  CHECK(begin() == second_address);
  CHECK(begin() == second_address);
  CHECK(table.connected_addresses() == strings{second_address});
}

TEST_CASE_FIXTURE(table_fixture, "a name is looked at again, and what is new is dialled") {
  connect({first_address});
  CHECK(table.next_due() == now + peer_table::resolve_pause);
  const auto later = now + peer_table::resolve_pause;
  CHECK(table.names_due(later) == strings{peer_name});
  table.resolved(peer_name, {first_address, second_address}, later);
  CHECK(table.addresses_due(later) == strings{second_address});
}

TEST_CASE_FIXTURE(table_fixture, "what a name no longer leads to is used while it lasts") {
  connect({first_address, second_address});
  const auto later = now + peer_table::resolve_pause;
  table.names_due(later);
  table.resolved(peer_name, {second_address}, later);
  CHECK(table.connections() == 2);
  table.failed(first_address, "lost", later);
  CHECK(table.connections() == 1);
  CHECK(table.addresses_due(later + 1h).empty());
}

TEST_CASE_FIXTURE(table_fixture, "a loss has its name looked at again before it is dialled") {
  connect({first_address});
  table.failed(first_address, "lost", now);
  CHECK(table.names_due(now + 100ms) == strings{peer_name});
  table.resolved(peer_name, {second_address}, now + 100ms);
  CHECK(table.addresses_due(now + 100ms) == strings{second_address});
}

TEST_CASE("a number is resolved once") {
  peer_table table{{first_address}, [] { return 1.0; }};
  table.names_due(now);
  table.resolved(first_address, {first_address}, now);
  table.addresses_due(now);
  table.connected(first_address);
  CHECK(!table.next_due());
  table.failed(first_address, "lost", now);
  CHECK(table.names_due(now + 1h).empty());
  CHECK(table.addresses_due(now + 100ms) == strings{first_address});
}

TEST_SUITE_END();
