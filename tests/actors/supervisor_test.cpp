#include "actors/supervisor.hpp"

#include "tests/support/actor_fixture.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>

#include <vector>

using namespace troth;
using namespace std::chrono_literals;

namespace {

using number_actor = caf::typed_actor<caf::replies_to<std::string>::with<int>>;

struct supervisor_fixture : testing::actor_fixture {
  int spawned = 0;
  int told = 0;
  caf::actor last;
  caf::actor supervisor;

  supervisor_fixture() {
    const actors::supervisor_ports ports{[this] {
                                           const auto made = system.spawn(
                                             [](number_actor::pointer,
                                                int n) -> number_actor::behavior_type {
                                               return {[n](const std::string&) { return n; }};
                                             },
                                             ++spawned);
                                           last = caf::actor_cast<caf::actor>(made);
                                           return last;
                                         },
                                         [this](const caf::error&) { ++told; }};
    supervisor = system.spawn(actors::supervisor, actors::restart_limits{2, 60s}, ports);
    scheduler.run();
  }

  ~supervisor_fixture() {
    caf::anon_send_exit(supervisor, caf::exit_reason::kill);
    last = nullptr;
    scheduler.run();
  }

  void kill() {
    caf::anon_send_exit(last, caf::exit_reason::kill);
    scheduler.run();
  }

  /// Returns which one answers; 0: none.
  int number() {
    int out = 0;
    ask(caf::actor_cast<number_actor>(supervisor), std::string{"x"})
      .receive([&](int n) { out = n; }, [](const caf::error&) {});
    return out;
  }
};

} // namespace

TEST_SUITE_BEGIN("actors/supervisor");

TEST_CASE_FIXTURE(supervisor_fixture,
                  "requests reach the one it stands for, and another if it dies") {
  CHECK(number() == 1);
  kill();
  CHECK(number() == 2);
  CHECK(told == 1);
}

TEST_CASE_FIXTURE(supervisor_fixture, "it gives up once too many have died in a while") {
  kill();
  kill();
  CHECK(number() == 3);
  kill();
  CHECK(number() == 0);
  CHECK(spawned == 3);
}

TEST_CASE_FIXTURE(supervisor_fixture, "deaths of long ago do not count") {
  kill();
  kill();
  scheduler.advance_time(61s);
  kill();
  kill();
  CHECK(number() == 5);
}

TEST_CASE_FIXTURE(supervisor_fixture, "its end is the other's, and then nobody is spawned") {
  caf::error end;
  last->attach_functor([&](const caf::error& why) { end = why; });
  SUBCASE("asked") {
    caf::anon_send_exit(supervisor, caf::exit_reason::user_shutdown);
    scheduler.run();
    CHECK(end == caf::exit_reason::user_shutdown);
  }
  SUBCASE("killed") {
    caf::anon_send_exit(supervisor, caf::exit_reason::kill);
    scheduler.run();
    CHECK(end == caf::exit_reason::kill);
  }
  CHECK(spawned == 1);
}

TEST_SUITE_END();
