#include "actors/peer.hpp"

#include "actors/host.hpp"
#include "shared/protocol/error.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/holder.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>

#include <map>
#include <set>

using namespace troth;
using namespace troth::protocol;
using namespace std::chrono_literals;

namespace {

const std::string name = "verifier:1";
const std::string a = "10.0.0.1:1";
const std::string b = "10.0.0.2:1";
constexpr std::size_t max_body = std::size_t{3} * 1024 * 1024;

/// Who listens where. The fake dialer finds them here.
struct network {
  std::map<std::string, std::vector<std::string>> names;
  std::map<std::string, verifier_actor> listening;
  std::set<std::string> interfaces;
};

link::dialer_actor::behavior_type fake_dialer(link::dialer_actor::pointer,
                                              const std::shared_ptr<network>& world) {
  return {
    [=](link::resolve_atom, const std::string& what) -> caf::result<std::vector<std::string>> {
      const auto at = world->names.find(what);
      if (at == world->names.end())
        return caf::make_error(caf::sec::cannot_connect_to_node, "unknown");
      return at->second;
    },
    [=](link::dial_atom, const std::string& where, const std::string& called,
        const std::string& wanted) -> caf::result<caf::strong_actor_ptr, std::set<std::string>> {
      CHECK(wanted == role::verifier);
      CHECK(std::ranges::count(world->names.at(called), where) == 1);
      const auto at = world->listening.find(where);
      if (at == world->listening.end())
        return caf::make_error(caf::sec::cannot_connect_to_node, "refused");
      return {caf::actor_cast<caf::strong_actor_ptr>(at->second), world->interfaces};
    },
  };
}

/// How a fake verifier answers. An appraisal that is held waits for `holder`.
struct verifier_script {
  std::string role = role::verifier;
  std::uint16_t major = protocol_major;
  bool is_ready = true;
  bool is_held = false;
  std::string name = "v";
  testing::holder_actor holder = {};
  bool is_begun = true; ///< Or still in the mailbox, as far as others can tell.
  int held = 0;
  request_context of = {}; ///< The last appraisal's.
};

verifier_actor::behavior_type fake_verifier(verifier_actor::pointer self,
                                            const std::shared_ptr<verifier_script>& script) {
  const auto own = std::make_shared<actors::host>(
    self,
    actors::host_options{hello{script->major, 0, script->role, script->name, "b"},
                         {role::gateway},
                         {.max_body_bytes = max_body}},
    [n = std::uint8_t{0}](std::size_t size) mutable -> result<bytes> { return bytes(size, n++); });
  own->finishes_when_told();
  return actors::hosted<verifier_actor>(
    own,
    [=] {
      return readiness{script->is_ready, script->is_ready ? "" : "store"};
    },
    [=](challenge_atom, const request_context&) {
      return challenge{script->name, "nonce", ""};
    },
    [=](appraise_atom, appraisal_request& request,
        const request_context& of) -> caf::result<payload> {
      script->of = of;
      if (script->is_held) {
        ++script->held;
        const auto is_begun = script->is_begun;
        if (is_begun)
          own->begins();
        auto answer = self->make_response_promise<payload>();
        self->request(script->holder, caf::infinite, 0).then([=](const std::string& text) {
          own->give(answer, script->name, text);
          if (is_begun)
            own->ends();
        });
        return answer;
      }
      auto body = own->take(std::move(request.report));
      if (!body)
        return to_caf(body.error());
      return own->give("echo", *std::move(body));
    },
    [](known_atom, const std::string& peer, const request_context&) { return known_items{{peer}}; },
    [](keys_atom, const request_context&) {
      return payload{"keys", {}, {}, 0};
    },
    [](policies_atom, const policy_request& asked, const request_context&) {
      return payload{asked.action + asked.name, {}, {}, 0};
    },
    [=](outcome_atom, outcome_request& asked, const request_context&) -> caf::result<payload> {
      auto body = own->take(std::move(asked.outcome));
      if (!body)
        return to_caf(body.error());
      return own->give(asked.action, *std::move(body));
    },
    [](policies_atom, const request_context&) {
      return payload{"policies", {}, {}, 0};
    },
    [](references_atom, const request_context&) {
      return payload{"references", {}, {}, 0};
    },
    [](references_atom, const reference_request& asked, const request_context&) {
      return payload{asked.action + asked.id, {}, {}, 0};
    },
    [](anchors_atom, const request_context&) {
      return payload{"anchors", {}, {}, 0};
    },
    [](collateral_atom, const request_context&) {
      return payload{"collateral", {}, {}, 0};
    });
}

struct peer_fixture : testing::actor_fixture {
  std::shared_ptr<network> world = std::make_shared<network>();
  std::vector<std::string> events;
  time_point wall_time = time_point{} + 1h;
  link::dialer_actor dialer = system.spawn(fake_dialer, world);
  testing::holder_actor holder = system.spawn(testing::holder,
                                              std::make_shared<testing::held_answers>());
  verifier_actor peer;

  peer_fixture() {
    world->names[name] = {a};
    world->interfaces = system.message_types<verifier_actor>();
  }

  ~peer_fixture() {
    caf::anon_send_exit(dialer, caf::exit_reason::kill);
    caf::anon_send_exit(holder, caf::exit_reason::kill);
    caf::anon_send_exit(peer, caf::exit_reason::kill);
    for (const auto& [where, actor] : world->listening)
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    scheduler.run();
  }

  void start(std::size_t max_requests = 256) {
    using actors::peer_event;
    const actors::peer_options options{
      "verifiers", {name},       role::verifier, hello{protocol_major, 0, role::gateway, "g", "b"},
      30s,         max_requests, max_body};
    const actors::peer_ports ports{
      dialer, [this] { return wall_time; }, [] { return 1.0; },
      [n = std::uint8_t{0}](std::size_t size) mutable -> result<bytes> { return bytes(size, n++); },
      [this](peer_event what, const std::string& address, const std::string& why,
             std::size_t count) {
        constexpr const char* names[] = {"connected", "lost", "failed", "refused"};
        events.push_back(names[static_cast<std::size_t>(what)] + (" " + address) + " " + why + " "
                         + std::to_string(count));
      }};
    peer = actors::spawn_verifier_peer(system, options, ports);
    scheduler.run();
  }

  std::shared_ptr<verifier_script> listen(const std::string& where, verifier_script script = {}) {
    const auto shared = std::make_shared<verifier_script>(std::move(script));
    shared->holder = holder;
    world->listening[where] = system.spawn(fake_verifier, shared);
    scheduler.run();
    return shared;
  }

  void kill(const std::string& where) {
    caf::anon_send_exit(world->listening[where], caf::exit_reason::kill);
    world->listening.erase(where);
    scheduler.run();
  }

  /// Tells a process to stop, which finishes first.
  void stop(const std::string& where) {
    caf::anon_send_exit(world->listening[where], caf::exit_reason::user_shutdown);
    scheduler.run();
  }

  /// Has all that is held answered.
  void release(const std::string& text) {
    caf::anon_send(holder, text);
    scheduler.run();
  }

  void advance(caf::timespan time) {
    scheduler.advance_time(time);
    scheduler.run();
  }

  /// Returns the id of a challenge, which is the name of who made it, or the error's code.
  std::string challenge_id() {
    std::string out;
    ask(peer, challenge_atom_v, testing::somebody)
      .receive([&](const challenge& c) { out = c.id; },
               [&](const caf::error& e) { out = from_caf(e) ? to_string(*from_caf(e)) : "?"; });
    return out;
  }

  auto appraise(const blob& body, std::uint64_t deadline_ms = 0,
                const std::string& challenge = {}) {
    appraisal_request request;
    request.challenge_id = challenge;
    request.report = {"application/json", body, {}, body.size()};
    request.deadline_ms = deadline_ms;
    auto response = self->request(peer, caf::infinite, appraise_atom_v, request, testing::somebody);
    scheduler.run();
    return response;
  }

  template <class Response>
  std::string outcome(Response&& response) {
    std::string out;
    response.receive([&](const payload& p) { out = p.media_type + " " + p.body; },
                     [&](const caf::error& e) {
                       out = from_caf(e) ? to_string(*from_caf(e)) : caf::to_string(e);
                     });
    return out;
  }
};

} // namespace

TEST_SUITE_BEGIN("actors/peer");

TEST_CASE_FIXTURE(peer_fixture, "a request goes on with its context") {
  const auto script = listen(a);
  start();
  CHECK(outcome(appraise("x")) == "echo x");
  CHECK(script->of.id == testing::somebody.id);
  CHECK(script->of.trace == testing::somebody.trace);
}

TEST_CASE_FIXTURE(peer_fixture, "a request goes to the process behind the name") {
  listen(a);
  start();
  CHECK(events == std::vector<std::string>{"connected " + a + " v, b 1"});
  CHECK(challenge_id() == "v");
}

TEST_CASE_FIXTURE(peer_fixture, "while nobody is connected a request fails at once") {
  start();
  CHECK(challenge_id() == "unavailable: verifiers: none is connected");
}

TEST_CASE_FIXTURE(peer_fixture, "a process that starts later is found by itself") {
  world->names.clear();
  start();
  CHECK(challenge_id().starts_with("unavailable"));
  world->names[name] = {a};
  advance(100ms);
  CHECK(challenge_id().starts_with("unavailable"));
  listen(a);
  advance(100ms);
  CHECK(challenge_id() == "v");
}

TEST_CASE_FIXTURE(peer_fixture, "a loss fails all that is open at once, and heals by itself") {
  listen(a)->is_held = true;
  start();
  auto first = appraise("x");
  auto second = appraise("y");
  kill(a);
  const auto expected = "unavailable: verifiers: " + a + " was lost";
  CHECK(outcome(first) == expected);
  CHECK(outcome(second) == expected);
  CHECK(events.back() == "lost " + a + " connection lost 0");
  CHECK(challenge_id().starts_with("unavailable"));
  listen(a);
  advance(100ms);
  CHECK(outcome(appraise("x")) == "echo x");
}

TEST_CASE_FIXTURE(peer_fixture, "the other process takes over, and the fewest requests decide") {
  world->names[name] = {a, b};
  listen(a, {.is_held = true, .name = "a"});
  listen(b, {.is_held = true, .name = "b"});
  start();
  auto first = appraise("x", 0, "challenge");
  auto second = appraise("x", 0, "challenge");
  auto third = appraise("x", 0, "challenge");
  CHECK(challenge_id() == "b");
  kill(a);
  CHECK(outcome(first).starts_with("unavailable"));
  CHECK(outcome(third).starts_with("unavailable"));
  CHECK(challenge_id() == "b");
  kill(b);
  CHECK(outcome(second).starts_with("unavailable"));
}

TEST_CASE_FIXTURE(peer_fixture, "what a process did not answer another is asked once") {
  world->names[name] = {a, b};
  const auto small = blob{"x"};
  const auto large = blob(2 * max_chunk_bytes + 5, 'x');
  const auto* body = &small;
  SUBCASE("a small body") {}
  SUBCASE("a body of several parts") {
    body = &large;
  }
  listen(a, {.is_held = true});
  start();
  auto response = appraise(*body); // on a nonce of the caller's
  const auto script = listen(b);
  SUBCASE("it answers") {
    advance(100ms);
    kill(a);
    CHECK(outcome(response) == "echo " + *body);
  }
  SUBCASE("it is lost, too") {
    script->is_held = true;
    advance(100ms);
    kill(a);
    CHECK(script->held == 1);
    listen(a);
    advance(10s);
    kill(b);
    CHECK(outcome(response) == "unavailable: verifiers: " + b + " was lost");
  }
  SUBCASE("none is there") {
    kill(b);
    kill(a);
    CHECK(outcome(response) == "unavailable: verifiers: " + a + " was lost");
  }
}

TEST_CASE_FIXTURE(peer_fixture, "what may have been done is not asked of another") {
  world->names[name] = {a, b};
  listen(a, {.is_held = true});
  start();
  auto challenged = appraise("x", 0, "challenge");
  const auto script = listen(b, {.is_held = true});
  advance(100ms);
  kill(a);
  CHECK(outcome(challenged) == "unavailable: verifiers: " + a + " was lost");
  CHECK(script->held == 0);
}

TEST_CASE_FIXTURE(peer_fixture, "what a process that stops did not touch is asked of another") {
  world->names[name] = {a, b};
  const auto from_a = listen(a, {.is_held = true, .name = "a"});
  start();
  SUBCASE("refused while it finishes") {
    auto begun = appraise("x", 0, "one");
    stop(a);
    const auto from_b = listen(b, {.is_held = true, .name = "b"});
    advance(100ms);
    auto waiting = appraise("y", 0, "two"); // now each has one, and the first has its turn
    REQUIRE(from_b->held == 1);
    from_b->is_held = false;
    const auto large = blob(2 * max_chunk_bytes + 5, 'x');
    CHECK(outcome(appraise(large, 0, "three")) == "echo " + large);
    release("done");
    CHECK(outcome(waiting) == "b done");
    CHECK(outcome(begun) == "a done");
  }
  SUBCASE("never begun") {
    from_a->is_begun = false;
    auto waiting = appraise("x", 0, "one");
    listen(b, {.name = "b"});
    advance(100ms);
    stop(a);
    CHECK(outcome(waiting) == "echo x");
    CHECK(events.back() == "lost " + a + " it stopped 1");
    listen(a);
    advance(100ms);
    CHECK(events.back() == "connected " + a + " v, b 2");
  }
  SUBCASE("there is no other") {
    auto begun = appraise("x", 0, "one");
    stop(a);
    CHECK(outcome(appraise("x", 0, "two")) == "unavailable: verifiers: none is connected");
    CHECK(challenge_id() == "unavailable: verifiers: none is connected");
    release("done");
    CHECK(outcome(begun) == "a done");
    CHECK(events.back() == "lost " + a + " it stopped 0");
  }
}

TEST_CASE_FIXTURE(peer_fixture, "a body of several parts goes there and back whole") {
  listen(a);
  start();
  auto body = blob(2 * max_chunk_bytes + 5, 'x');
  body.back() = 'y';
  CHECK(outcome(appraise(body)) == "echo " + body);
  CHECK(outcome(appraise(blob(max_chunk_bytes, 'x'))) == "echo " + blob(max_chunk_bytes, 'x'));
  CHECK(outcome(appraise(blob(max_body + 1, 'x'))).starts_with("too_large: transfer.total"));
  CHECK(challenge_id() == "v");
}

TEST_CASE_FIXTURE(peer_fixture, "the error of a process is handed on as it is") {
  listen(a);
  start();
  appraisal_request request;
  request.report = {"x", {}, std::string(32, 'a'), 5};
  // A transfer that nobody put: the peer sends the bodies of its own side only.
  auto response = self->request(peer, caf::infinite, appraise_atom_v, request, testing::somebody);
  scheduler.run();
  CHECK(outcome(response) == "not_found: payload.transfer");
}

TEST_CASE_FIXTURE(peer_fixture,
                  "a request that is not answered in time fails, and its process is greeted anew") {
  const auto script = listen(a, {.is_held = true});
  start();
  auto response = appraise("x");
  advance(30s);
  CHECK(outcome(response) == "timeout: verifiers: no answer in time");
  CHECK(events.back() == "lost " + a + " no answer in time 0");
  CHECK(challenge_id().starts_with("unavailable"));
  script->is_held = false;
  advance(100ms);
  CHECK(challenge_id() == "v");
}

TEST_CASE_FIXTURE(peer_fixture,
                  "a deadline shortens the time, and one that has passed takes none") {
  listen(a, {.is_held = true});
  start();
  const auto now_ms = std::uint64_t{3'600'000};
  auto response = appraise("x", now_ms + 1'000);
  advance(1s);
  CHECK(outcome(response).starts_with("timeout"));
  advance(100ms);
  CHECK(outcome(appraise("x", now_ms)) == "timeout: verifiers: the deadline has passed");
}

TEST_CASE_FIXTURE(peer_fixture, "more requests than may be open are refused") {
  listen(a, {.is_held = true});
  start(1);
  auto first = appraise("x");
  CHECK(outcome(appraise("y")) == "exhausted: verifiers: too many requests");
  kill(a);
  CHECK(outcome(first).starts_with("unavailable"));
}

TEST_CASE_FIXTURE(
  peer_fixture,
  "a process of another role, protocol or interface is refused, and tried again slowly") {
  SUBCASE("role") {
    listen(a, {.role = role::est});
    start();
    CHECK(events.back() == "refused " + a + " v is est of protocol 3, expected verifier of 3 0");
  }
  SUBCASE("protocol") {
    listen(a, {.major = 1});
    start();
    CHECK(events.back()
          == "refused " + a + " v is verifier of protocol 1, expected verifier of 3 0");
  }
  SUBCASE("interface") {
    world->interfaces = system.message_types<est_actor>();
    listen(a);
    start();
    CHECK(events.back() == "refused " + a + " another interface than of verifier 0");
    world->interfaces = system.message_types<verifier_actor>();
  }
  CHECK(challenge_id().starts_with("unavailable"));
  kill(a);
  listen(a);
  advance(20s);
  CHECK(challenge_id().starts_with("unavailable"));
  advance(10s);
  CHECK(challenge_id() == "v");
}

TEST_CASE_FIXTURE(peer_fixture, "it is ready if one that is connected says so") {
  const auto readiness_of = [&] {
    readiness out;
    ask(peer, ready_atom_v)
      .receive([&](const readiness& r) { out = r; }, [](const caf::error&) { FAIL("no answer"); });
    return out;
  };
  world->names[name] = {a, b};
  start();
  CHECK(!readiness_of().is_ready);
  CHECK(readiness_of().reasons.starts_with("verifiers: " + a));
  const auto script = listen(a, {.is_ready = false});
  advance(100ms);
  CHECK(!readiness_of().is_ready);
  CHECK(readiness_of().reasons == "verifiers " + a + ": store");
  listen(b);
  advance(200ms);
  CHECK(readiness_of().is_ready);
}

TEST_CASE_FIXTURE(peer_fixture,
                  "who greets with a role or protocol that is not expected is refused") {
  listen(a);
  const auto code = [&](const hello& theirs) {
    std::string out = "none";
    ask(world->listening[a], theirs)
      .receive([](const hello&) {},
               [&](const caf::error& e) {
                 out = from_caf(e) ? std::string{troth::name(from_caf(e)->code)} : "?";
               });
    return out;
  };
  CHECK(code({protocol_major, 9, role::gateway, "", ""}) == "none");
  CHECK(code({protocol_major + 1, 0, role::gateway, "", ""}) == "unsupported");
  CHECK(code({protocol_major - 1, 0, role::gateway, "", ""}) == "unsupported");
  CHECK(code({protocol_major, 0, role::est, "", ""}) == "forbidden");
  CHECK(code({protocol_major, 0, "", "", ""}) == "forbidden");
}

TEST_SUITE_END();
