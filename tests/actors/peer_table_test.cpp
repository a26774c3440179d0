#include "actors/peer_table.hpp"

#include <doctest/doctest.h>

using namespace troth::actors;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

const std::string name = "verifier:1";
const std::string a = "10.0.0.1:1";
const std::string b = "10.0.0.2:1";
constexpr peer_table::time_point now{};

struct table_fixture {
  double jitter = 1.0; // the longest pause
  peer_table table{{name}, [this] { return jitter; }};

  /// Makes the name lead to these, and all of them connected.
  void connect(const strings& addresses) {
    CHECK(table.names_due(now) == strings{name});
    table.resolved(name, addresses, now);
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
  CHECK(table.names_due(now) == strings{name});
  CHECK(table.names_due(now).empty());
  table.resolved(name, {a, b}, now);
  CHECK(table.addresses_due(now) == strings{a, b});
  CHECK(table.addresses_due(now).empty());
  CHECK(begin() == "none");
  table.connected(a);
  CHECK(table.connections() == 1);
  CHECK(begin() == a);
}

TEST_CASE_FIXTURE(table_fixture, "a name that is not known is tried again, ever less often") {
  auto at = now;
  for (const auto pause : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}) {
    CHECK(table.names_due(at) == strings{name});
    table.not_resolved(name, "unknown", at);
    CHECK(table.next_due() == at + pause);
    CHECK(table.names_due(at + pause - 1ms).empty());
    at += pause;
  }
  CHECK(table.reasons() == name + ": unknown");
  table.names_due(at);
  table.resolved(name, {a}, at);
  CHECK(table.reasons() == a + ": not dialled yet");
}

TEST_CASE_FIXTURE(table_fixture, "a failure takes a pause that grows, and a connection ends it") {
  connect({a});
  auto at = now;
  for (const auto pause : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}) {
    table.failed(a, "refused", at);
    CHECK(begin() == "none");
    CHECK(table.addresses_due(at + pause - 1ms).empty());
    CHECK(table.addresses_due(at + pause) == strings{a});
    at += pause;
  }
  CHECK(table.reasons() == a + ": refused");
  table.connected(a);
  CHECK(table.reasons().empty());
  table.failed(a, "lost", at);
  CHECK(table.addresses_due(at + 100ms) == strings{a});
}

TEST_CASE_FIXTURE(table_fixture, "a pause is at least half of its length, and jitter decides") {
  connect({a});
  jitter = 0.0;
  table.failed(a, "lost", now);
  CHECK(table.next_due() == now + 50ms);
}

TEST_CASE_FIXTURE(table_fixture, "one that is not ours is tried again slowly") {
  connect({a});
  table.refused(a, "wrong role", now);
  CHECK(table.addresses_due(now + 29s).empty());
  CHECK(table.addresses_due(now + 30s) == strings{a});
}

TEST_CASE_FIXTURE(table_fixture,
                  "the one with the fewest requests is asked, and equals take turns") {
  connect({a, b});
  CHECK(begin() == a);
  CHECK(begin() == b);
  CHECK(begin() == a);
  CHECK(begin() == b);
  table.end(b);
  CHECK(begin() == b);
  table.end(a);
  table.end(a);
  CHECK(begin() == a);
  CHECK(begin() == a);
  CHECK(begin() == b);
}

TEST_CASE_FIXTURE(table_fixture, "one that was lost is not asked") {
  connect({a, b});
  table.failed(a, "lost", now);
  CHECK(begin() == b);
  CHECK(begin() == b);
  CHECK(table.connected_addresses() == strings{b});
}

TEST_CASE_FIXTURE(table_fixture, "a name is looked at again, and what is new is dialled") {
  connect({a});
  CHECK(table.next_due() == now + peer_table::resolve_pause);
  const auto later = now + peer_table::resolve_pause;
  CHECK(table.names_due(later) == strings{name});
  table.resolved(name, {a, b}, later);
  CHECK(table.addresses_due(later) == strings{b});
}

TEST_CASE_FIXTURE(table_fixture, "what a name no longer leads to is used while it lasts") {
  connect({a, b});
  const auto later = now + peer_table::resolve_pause;
  table.names_due(later);
  table.resolved(name, {b}, later);
  CHECK(table.connections() == 2);
  table.failed(a, "lost", later);
  CHECK(table.connections() == 1);
  CHECK(table.addresses_due(later + 1h).empty());
}

TEST_CASE_FIXTURE(table_fixture, "a loss has its name looked at again before it is dialled") {
  connect({a});
  table.failed(a, "lost", now);
  CHECK(table.names_due(now + 100ms) == strings{name});
  table.resolved(name, {b}, now + 100ms);
  CHECK(table.addresses_due(now + 100ms) == strings{b});
}

TEST_CASE("a number is resolved once") {
  peer_table table{{a}, [] { return 1.0; }};
  table.names_due(now);
  table.resolved(a, {a}, now);
  table.addresses_due(now);
  table.connected(a);
  CHECK(!table.next_due());
  table.failed(a, "lost", now);
  CHECK(table.names_due(now + 1h).empty());
  CHECK(table.addresses_due(now + 100ms) == strings{a});
}

TEST_SUITE_END();
