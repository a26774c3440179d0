#include "actors/est.hpp"
#include "shared/protocol/error.hpp"
#include "shared/protocol/untouched.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/ek_vendor.hpp"
#include "tests/support/enrolling_machine.hpp"
#include "tests/support/refusal.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace troth;
using namespace troth::testing;
using namespace troth::protocol;

namespace {

caf::result<payload> nothing() {
  return to_caf({errc::unsupported, "fake"});
}

/// A verifier that gives the answer that it held back when it is sent its number.
using fake_verifier = verifier_actor::extend<caf::reacts_to<std::size_t>>;

/// An EST server that certifies TLS keys, and a verifier that answers as the test says.
struct desk_fixture : actor_fixture, enrolling_machine {
  using promise = caf::typed_response_promise<payload>;

  std::vector<std::string> notes;
  std::vector<std::string> told;
  std::vector<appraisal_request> asked; ///< Of the verifier.
  std::vector<promise> held;            ///< Its answers, while it does not answer.
  bool is_verifier_ready = true;
  bool answers = true;
  std::function<result<payload>(const appraisal_request&)> judge
    = [this](const appraisal_request& request) -> result<payload> {
    const auto said = verdict(request.report.body, request.nonce);
    return payload{"application/json", said, {}, said.size()};
  };
  // The argument is for CAF 0.17.6, which dereferences a null pointer to spawn without any.
  fake_verifier verifier
    = system.spawn([this](fake_verifier::pointer me, int) { return behave(me); }, 0);
  est_actor est = start();

  ~desk_fixture() {
    held.clear();
    caf::anon_send_exit(est, caf::exit_reason::kill);
    caf::anon_send_exit(verifier, caf::exit_reason::kill);
    scheduler.run();
  }

  fake_verifier::behavior_type behave(fake_verifier::pointer me) {
    return {
      [](const hello& h) { return h; },
      [this](ready_atom) {
        return readiness{is_verifier_ready, is_verifier_ready ? "" : "no roots"};
      },
      [](put_atom, const chunk&) {},
      [](get_atom, const std::string&, std::uint64_t) { return blob{}; },
      [](challenge_atom, const request_context&) { return protocol::challenge{}; },
      [this, me](appraise_atom, const appraisal_request& request,
                 const request_context& of) -> caf::result<payload> {
        CHECK(of.id == somebody.id);
        asked.push_back(request);
        if (answers) {
          const auto given = judge(request);
          return given ? caf::result<payload>{*given} : to_caf(given.error());
        }
        held.push_back(me->make_response_promise<payload>());
        return held.back();
      },
      [](known_atom, const std::string&, const request_context&) { return known_items{}; },
      [](keys_atom, const request_context&) { return nothing(); },
      [](policies_atom, const request_context&) { return nothing(); },
      [](policies_atom, const policy_request&, const request_context&) { return nothing(); },
      [](references_atom, const request_context&) { return nothing(); },
      [](references_atom, const reference_request&, const request_context&) { return nothing(); },
      [](anchors_atom, const request_context&) { return nothing(); },
      [](collateral_atom, const request_context&) { return nothing(); },
      [](outcome_atom, const outcome_request&, const request_context&) { return nothing(); },
      [this](std::size_t which) {
        const auto given = judge(asked.at(which));
        if (given)
          held.at(which).deliver(*given);
        else
          held.at(which).deliver(to_caf(given.error()));
      },
    };
  }

  est_actor start(bool with_keys = true) {
    const auto random = [](std::size_t n) { return result<bytes>{bytes(n, 3)}; };
    const auto tell = [this](std::string_view what, std::string_view code,
                             const request_context& of) {
      told.push_back(std::string{what} + ' ' + std::string{code} + ' ' + of.id);
    };
    const auto ak_key = *crypto::private_key::generate(crypto::key_kind::p256);
    actors::est_ports ports;
    ports.authority = std::make_shared<actors::enrolment_authority>(
      actors::authority_keys{ek_vendor{}.certificates(), {from.ak_ca.certificate}, ak_key},
      actors::enrolment_registry{folder.path() / "enrolled"},
      actors::enrolment_authority::ports{[this] { return now; }, random});
    ports.random = random;
    ports.note = [this](const std::string& what) { notes.push_back(what); };
    if (with_keys) {
      actors::key_desk_ports keys;
      keys.authority = std::make_shared<actors::key_authority>(make_authority());
      keys.verifier = verifier;
      keys.policy = "for keys";
      keys.now = [this] { return now; };
      keys.max_under_way = 2;
      ports.keys = keys;
    }
    return actors::spawn_est_shared(
      system, {{protocol_major, 0, "est", "est", "test"}, {"prover"}, {}, tell}, ports);
  }

  template <class Answer, class... Ts>
  result<Answer> answer_to(const Ts&... xs) {
    result<Answer> out = error{errc::internal, "no answer"};
    ask(est, xs...)
      .receive([&](const Answer& a) { out = a; },
               [&](const caf::error& e) { out = from_peer(e, "est"); });
    return out;
  }

  protocol::challenge give_challenge() {
    return minted(answer_to<protocol::challenge>(challenge_atom_v, somebody));
  }

  result<payload> enrol(const key_enrol_request& sent) {
    return answer_to<payload>(enrol_atom_v, sent, somebody);
  }
  result<payload> enrol() { return enrol(answer(give_challenge())); }

  /// Sends an enrolment, and does not wait for its answer.
  auto begin() {
    const auto sent = answer(give_challenge());
    auto response = self->request(est, caf::infinite, enrol_atom_v, sent, somebody);
    scheduler.run();
    return response;
  }

  void release(std::size_t which) {
    caf::anon_send(verifier, which);
    scheduler.run();
  }

  static errc code_of(const caf::error& why) { return from_peer(why, "est").code; }
};

} // namespace

TEST_SUITE_BEGIN("actors/key_desk");

TEST_CASE_FIXTURE(desk_fixture, "a TLS key is certified once a verifier lets its report pass") {
  const auto sent = answer(give_challenge());
  const auto given = enrol(sent);
  REQUIRE(given);
  CHECK(given->media_type == "application/pem-certificate-chain");
  CHECK(crypto::certificate::from_pem(given->body)->size() == 2);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].report.body == sent.report.body);
  CHECK(asked[0].report.media_type == sent.report.media_type);
  CHECK(protocol::to_bytes(asked[0].nonce) == from.nonce);
  CHECK(asked[0].policy == "for keys");
  CHECK(asked[0].accept == "application/json");
  CHECK(asked[0].challenge_id.empty());
  CHECK(asked[0].peer.empty());
  CHECK(asked[0].roots.empty());
  CHECK(asked[0].deadline_ms
        == static_cast<std::uint64_t>(
          std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count() + 20'000));
  CHECK(
    notes
    == std::vector<std::string>{"certified a TLS key (tpm) of machine for \"machine\" machine"});
  CHECK(told == std::vector<std::string>{"challenge ok id", "enrol ok id"});
}

TEST_CASE_FIXTURE(desk_fixture, "a challenge is used up, also by a request that fails") {
  const auto given = give_challenge();
  auto sent = answer(given);
  const auto good = sent.csr;
  sent.csr.back() ^= 1;
  CHECK(refusal(enrol(sent)) == errc::bad_signature);
  sent.csr = good;
  CHECK(refusal(enrol(sent)) == errc::no_challenge);
  CHECK(asked.empty());
  CHECK(told
        == std::vector<std::string>{"challenge ok id", "enrol bad_signature id",
                                    "enrol no_challenge id"});
  CHECK(notes.front().starts_with("refused to certify a TLS key: bad_signature: "));
  sent = answer(give_challenge());
  REQUIRE(enrol(sent));
  CHECK(refusal(enrol(sent)) == errc::no_challenge);
  sent = answer(give_challenge());
  sent.report.body.clear();
  sent.report.transfer = "none";
  CHECK(!enrol(sent));
  CHECK(refusal(enrol(sent)) == errc::no_challenge);
}

TEST_CASE_FIXTURE(desk_fixture, "a report that does not pass gets no certificate") {
  from.logs[4].push_back(boot_event(4, "EV_EFI_ACTION", troth::to_bytes("something else")));
  CHECK(refusal(enrol()) == errc::untrusted);
  CHECK(notes.front().starts_with(
    "refused to certify a TLS key (tpm) of machine for \"machine\" machine: untrusted: report: "));
  CHECK(told.back() == "enrol untrusted id");
}

TEST_CASE_FIXTURE(desk_fixture,
                  "a verifier's error is the answer, and one that is away unavailable") {
  judge = [](const appraisal_request&) -> result<payload> {
    return error{errc::not_found, "policy: for keys"};
  };
  CHECK(refusal(enrol()) == errc::not_found);
  CHECK(told.back() == "enrol not_found id");
  caf::anon_send_exit(verifier, caf::exit_reason::kill);
  scheduler.run();
  CHECK(refusal(enrol()) == errc::unavailable);
  CHECK(told.back() == "enrol unavailable id");
}

TEST_CASE_FIXTURE(desk_fixture, "a verifier that does not answer in time is given up") {
  answers = false;
  auto waiting = begin();
  scheduler.clock().advance_time(std::chrono::milliseconds{19'999});
  scheduler.run();
  CHECK(told.back() == "challenge ok id");
  scheduler.clock().advance_time(std::chrono::milliseconds{1});
  scheduler.run();
  waiting.receive([](const payload&) { CHECK(false); },
                  [](const caf::error& why) { CHECK(code_of(why) == errc::timeout); });
  CHECK(told.back() == "enrol timeout id");
  answers = true;
  CHECK(enrol());
}

TEST_CASE_FIXTURE(desk_fixture, "no more keys are under way than are allowed") {
  answers = false;
  auto first = begin();
  const auto second = begin();
  (void)second;
  CHECK(refusal(enrol()) == errc::exhausted);
  CHECK(asked.size() == 2);
  const auto by_rules = judge;
  judge = [](const appraisal_request&) -> result<payload> { return error{errc::weak, "fake"}; };
  release(0);
  first.receive([](const payload&) { CHECK(false); },
                [](const caf::error& why) { CHECK(code_of(why) == errc::weak); });
  judge = by_rules;
  answers = true;
  CHECK(enrol());
}

TEST_CASE_FIXTURE(desk_fixture, "an EST server that is told to stop ends what is under way first") {
  answers = false;
  auto waiting = begin();
  self->monitor(est);
  caf::anon_send_exit(est, caf::exit_reason::user_shutdown);
  scheduler.run();
  CHECK(refusal(answer_to<protocol::challenge>(challenge_atom_v, somebody)) == errc::unavailable);
  release(0);
  waiting.receive([](const payload& given) { CHECK(!given.body.empty()); },
                  [](const caf::error&) { CHECK(false); });
  self->receive([](const caf::down_msg& down) { CHECK(is_untouched(down.reason)); });
}

TEST_CASE_FIXTURE(desk_fixture, "the CA is told to whoever asks") {
  const auto given = answer_to<payload>(ca_atom_v, somebody);
  REQUIRE(given);
  CHECK(given->media_type == "application/pem-certificate-chain");
  CHECK(given->body == ca.certificate.pem());
}

TEST_CASE_FIXTURE(desk_fixture, "it is as ready as its verifier and its CA") {
  const auto ready = [this] { return minted(answer_to<readiness>(ready_atom_v)); };
  CHECK(ready().is_ready);
  is_verifier_ready = false;
  CHECK(!ready().is_ready);
  CHECK(ready().reasons == "verifier: no roots");
  is_verifier_ready = true;
  now = minted_until;
  CHECK(ready().reasons.starts_with("expired: the CA of TLS keys"));
  now = minted_now;
  caf::anon_send_exit(verifier, caf::exit_reason::kill);
  scheduler.run();
  CHECK(!ready().is_ready);
}

TEST_CASE_FIXTURE(desk_fixture, "without a CA no TLS keys are certified") {
  caf::anon_send_exit(est, caf::exit_reason::kill);
  est = start(false);
  CHECK(refusal(answer_to<protocol::challenge>(challenge_atom_v, somebody)) == errc::unsupported);
  CHECK(refusal(enrol(key_enrol_request{})) == errc::unsupported);
  CHECK(refusal(answer_to<payload>(ca_atom_v, somebody)) == errc::unsupported);
  CHECK(answer_to<readiness>(ready_atom_v)->is_ready);
}

TEST_SUITE_END();
