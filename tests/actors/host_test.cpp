#include "actors/host.hpp"

#include "shared/protocol/error.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/holder.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <utility>

using namespace troth;
using namespace troth::protocol;
using testing::somebody;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t large_bytes = max_chunk_bytes + 1;

/// Answers for collateral when `holder` does, gives large evidence, and asks itself for an update
/// when it measures.
driver_actor::behavior_type hosted_driver(driver_actor::pointer self,
                                          const testing::holder_actor& holder,
                                          std::vector<std::string>* told) {
  const actors::host_options options{
    hello{protocol_major, 0, role::driver, "d", "b"},
    {role::prover},
    {},
    [told](std::string_view what, std::string_view code, const request_context& of) {
      told->push_back(std::string{what} + ' ' + std::string{code} + ' ' + of.id + ' ' + of.trace);
    }};
  const auto random = [](std::size_t size) -> result<bytes> { return bytes(size, 7); };
  const auto own = std::make_shared<actors::host>(self, options, random);
  own->finishes_when_told();
  return actors::hosted<driver_actor>(
    own,
    [] {
      return readiness{true, {}};
    },
    [=](collateral_atom, const request_context&) -> caf::result<payload> {
      own->begins();
      auto answer = self->make_response_promise<payload>();
      self->request(holder, caf::infinite, 0).then([=](const std::string& text) {
        own->give(answer, text, "x");
        own->ends();
      });
      return answer;
    },
    [=](evidence_atom, const blob& nonce, const request_context&) -> caf::result<payload> {
      if (nonce.empty())
        return to_caf({errc::missing, "nonce"});
      return own->give("large", blob(large_bytes, 'x'));
    },
    [=](measure_atom, const blob&, const request_context& of) -> caf::result<payload> {
      own->begins();
      auto answer = self->make_response_promise<payload>();
      self->request(driver_actor{self}, caf::infinite, update_atom::value, of)
        .then([=](const readiness& one) mutable {
          answer.deliver(payload{"update", one.reasons, {}, one.reasons.size()});
          own->ends();
        });
      return answer;
    },
    [](update_atom, const request_context&) {
      return readiness{true, "updated"};
    },
    [](make_key_atom, const std::string&, const request_context&) { return anchor_key{}; },
    [](certify_key_atom, const anchor_key&, const blob&, const request_context&) {
      return key_certification{};
    },
    [](sign_atom, const anchor_key&, const std::string&, const blob&, const request_context&) {
      return blob{};
    });
}

struct host_fixture : testing::actor_fixture {
  std::shared_ptr<testing::held_answers> held = std::make_shared<testing::held_answers>();
  testing::holder_actor holder = system.spawn(testing::holder, held);
  std::vector<std::string> told;
  driver_actor driver = system.spawn(hosted_driver, holder, &told);
  caf::error end;

  host_fixture() {
    driver->attach_functor([this](const caf::error& why) { end = why; });
    scheduler.run();
  }

  ~host_fixture() {
    caf::anon_send_exit(driver, caf::exit_reason::kill);
    caf::anon_send_exit(holder, caf::exit_reason::kill);
    scheduler.run();
  }

  void stop(caf::exit_reason why = caf::exit_reason::user_shutdown) {
    caf::anon_send_exit(driver, why);
    scheduler.run();
  }

  /// Returns the media type of an answer, or what the error says.
  template <class Response>
  static std::string outcome(Response&& response) {
    std::string out;
    response.receive([&](const payload& p) { out = p.media_type; },
                     [&](const caf::error& e) { out = is_untouched(e) ? "untouched" : "error"; });
    return out;
  }

  std::string get(const std::string& transfer, std::size_t offset) {
    std::string out;
    ask(driver, get_atom_v, transfer, std::uint64_t{offset})
      .receive([&](const blob& part) { out = part; }, [](const caf::error&) {});
    return out;
  }
};

} // namespace

TEST_SUITE_BEGIN("actors/host");

TEST_CASE_FIXTURE(host_fixture, "told to stop, an actor with nothing begun ends as untouched") {
  stop();
  CHECK(is_untouched(end));
}

TEST_CASE_FIXTURE(host_fixture, "what has begun is finished, and all else refused as untouched") {
  auto begun = self->request(driver, caf::infinite, collateral_atom::value, somebody);
  scheduler.run();
  stop();
  CHECK_FALSE(end);
  CHECK(outcome(ask(driver, collateral_atom::value, somebody)) == "untouched");
  CHECK(outcome(ask(driver, evidence_atom::value, blob{"n"}, somebody)) == "untouched");
  bool is_refused = false;
  const auto note = [&](const caf::error& why) { is_refused = is_untouched(why); };
  ask(driver, ready_atom_v).receive([](const readiness&) {}, note);
  CHECK(std::exchange(is_refused, false));
  ask(driver, hello{protocol_major, 0, role::prover, "p", "b"}).receive([](const hello&) {}, note);
  CHECK(std::exchange(is_refused, false));
  ask(driver, put_atom_v, chunk{std::string(32, 'a'), 0, 9, "x"}).receive([] {}, note);
  CHECK(std::exchange(is_refused, false));
  CHECK(held->size() == 1);
  self->send(holder, std::string{"late"});
  scheduler.run();
  CHECK(outcome(begun) == "late");
  CHECK(is_untouched(end));
}

TEST_CASE_FIXTURE(host_fixture, "what is answered at once is told, with the request's context") {
  ask(driver, evidence_atom::value, blob{"n"}, somebody);
  CHECK(told == std::vector<std::string>{"evidence ok id trace"});
  CHECK(outcome(ask(driver, evidence_atom::value, blob{}, somebody)) == "error");
  CHECK(told.back() == "evidence missing id trace");
  CHECK(outcome(ask(driver, measure_atom::value, blob{"c"}, somebody)) == "update");
  CHECK(told.back() == "update ok id trace"); // which it asked itself; the rest it promised
  CHECK(told.size() == 3);
  ask(driver, ready_atom_v); // on nobody's behalf
  self->send(driver, collateral_atom::value, somebody);
  scheduler.run();
  stop();
  CHECK(outcome(ask(driver, evidence_atom::value, blob{"n"}, somebody)) == "untouched");
  CHECK(told.size() == 3); // another is asked
}

TEST_CASE_FIXTURE(host_fixture, "a large answer is got to its end first") {
  payload given;
  ask(driver, evidence_atom::value, blob{"n"}, somebody)
    .receive([&](const payload& p) { given = p; }, [](const caf::error&) {});
  REQUIRE(given.size_bytes == large_bytes);
  stop();
  CHECK_FALSE(end);
  CHECK(get(given.transfer, 0) == blob(max_chunk_bytes, 'x'));
  CHECK_FALSE(end);
  CHECK(get(given.transfer, max_chunk_bytes) == "x");
  CHECK(is_untouched(end));
}

TEST_CASE_FIXTURE(host_fixture, "what an actor asks itself is not refused") {
  auto begun = self->request(driver, caf::infinite, measure_atom::value, blob{"c"}, somebody);
  scheduler.run_once(); // it has asked itself, and not answered
  stop();
  CHECK(outcome(begun) == "update");
  CHECK(is_untouched(end));
}

TEST_CASE_FIXTURE(host_fixture, "an exit for another reason is one at once") {
  self->send(driver, collateral_atom::value, somebody);
  scheduler.run();
  CHECK(held->size() == 1);
  stop(caf::exit_reason::unknown);
  CHECK(end == caf::exit_reason::unknown);
  CHECK_FALSE(is_untouched(end));
}

TEST_SUITE_END();
