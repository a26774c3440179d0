#include "actors/verifier.hpp"

#include "actors/appraiser_pool.hpp"
#include "shared/appraisal/appraise.hpp"
#include "shared/protocol/error.hpp"
#include "shared/protocol/untouched.hpp"
#include "shared/store/memory_challenge_store.hpp"
#include "shared/store/memory_outcome_store.hpp"
#include "shared/store/memory_policy_store.hpp"
#include "shared/store/memory_reference_store.hpp"
#include "shared/store/memory_report_store.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/minted.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <stdexcept>

using namespace troth;
using namespace troth::protocol;
using namespace std::chrono_literals;

namespace {

/// What the core was asked, as far as it outlives the call.
struct asked {
  bytes report;
  bytes nonce;
  std::string policy;
  std::size_t metadata_roots;
  std::size_t ak_roots;
  time_point now;
};

/// The default policy, and one that a caller may name.
std::shared_ptr<actors::policy_book> minted_policies(std::shared_ptr<store::policy_store> managed) {
  auto other = std::make_shared<appraisal::policy>();
  other->name = "other";
  return std::make_shared<actors::policy_book>(
    actors::policy_book::policies{{"default", std::make_shared<const appraisal::policy>()},
                                  {"other", other}},
    "default", std::move(managed));
}

struct verifier_fixture : testing::actor_fixture {
  time_point now = testing::minted_now;
  std::uint8_t random = 0x5a; // what the random port repeats
  std::vector<asked> appraisals;
  bool is_dying = false;
  int restarts = 0;
  request_context of; // on whose behalf the next is asked
  std::vector<std::string> told;
  std::vector<std::string> verdicts; // that were told
  std::vector<std::string> appraised_for;
  result<policy::script_answer> script = policy::script_answer{};
  std::shared_ptr<store::challenge_store> challenges
    = std::make_shared<store::memory_challenge_store>(2);
  std::shared_ptr<store::policy_store> managed = std::make_shared<store::memory_policy_store>(4);
  std::shared_ptr<actors::policy_book> policies = minted_policies(managed);
  std::shared_ptr<actors::reference_book> references = std::make_shared<actors::reference_book>(
    std::make_shared<store::memory_reference_store>(2), std::vector<crypto::certificate>{});
  std::size_t values_seen = 0; // by the core, of those that it was given
  std::shared_ptr<actors::report_archive> archive = std::make_shared<actors::report_archive>(
    std::make_shared<store::memory_report_store>(store::report_limits{}), 600s,
    [](const std::string&) {});
  std::shared_ptr<actors::appraiser_rules> rules = std::make_shared<actors::appraiser_rules>();
  actors::appraiser_actor pool;
  verifier_actor verifier;
  verifier_actor other;

  verifier_fixture() {
    rules->verifier_name = "v1";
    rules->policies = policies;
    rules->references = references;
    pool = system.spawn(actors::appraiser_pool, actors::appraiser_pool_options{2, 2}, pool_ports());
    verifier = system.spawn(actors::verifier, options(), ports());
    other = system.spawn(actors::verifier, options(), ports());
  }

  ~verifier_fixture() {
    for (const auto& actor : {verifier, other})
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    caf::anon_send_exit(pool, caf::exit_reason::kill);
    scheduler.run();
  }

  actors::appraiser_pool_ports pool_ports() {
    const actors::appraiser_ports core{[this](const appraisal::inputs& in) { return appraise(in); },
                                       [this] { return now; },
                                       {nullptr, nullptr, nullptr, archive},
                                       [this](std::string_view, byte_view) { return script; },
                                       [this](std::string_view verdict, const auto&,
                                              const request_context& by) {
                                         appraised_for.push_back(by.id + ' ' + by.trace);
                                         verdicts.emplace_back(verdict);
                                       }};
    return {[=, this](caf::actor_system& where) {
              return where.spawn(actors::appraiser, rules, core);
            },
            [this](const caf::error&) { ++restarts; }};
  }

  actors::verifier_options options(bool allow_caller_roots = false) {
    actors::verifier_options out;
    out.host.ours = {protocol_major, 0, role::verifier, "v1", "b"};
    out.host.accepts = {role::gateway};
    out.host.told = [this](std::string_view what, std::string_view code,
                           const request_context& by) {
      told.push_back(std::string{what} + ' ' + std::string{code} + ' ' + by.id + ' ' + by.trace);
    };
    out.host.transfers.max_body_bytes = std::size_t{2} * 1024 * 1024;
    out.challenge_lifetime = 300s;
    out.allow_caller_roots = allow_caller_roots;
    return out;
  }

  actors::verifier_ports ports() {
    actors::verifier_ports out{
      [this] { return now; }, [this](std::size_t n) -> result<bytes> { return bytes(n, random++); },
      challenges, pool, policies};
    out.reports = archive;
    out.references = references;
    return out;
  }

  report::attestation_result appraise(const appraisal::inputs& in) {
    if (is_dying)
      throw std::runtime_error{"a fault of ours"};
    appraisals.push_back({copy(in.report), copy(in.nonce), in.rules.name,
                          in.anchors.metadata_roots.size(), in.anchors.ak_roots.size(), in.now});
    values_seen = in.provisioned ? in.provisioned->size() : 0;
    report::attestation_result out;
    out.created = in.now;
    out.policy = in.rules.name;
    return out;
  }

  template <class Answer, class... Ts>
  result<Answer> call(const verifier_actor& whom, const Ts&... xs) {
    result<Answer> out = error{errc::internal, "no answer"};
    const auto response = [&] {
      if constexpr (std::is_same_v<Answer, readiness>)
        return ask(whom, xs...);
      else
        return ask(whom, xs..., of);
    };
    response().receive([&](const Answer& answer) { out = answer; },
                       [&](const caf::error& e) { out = from_peer(e, "test"); });
    return out;
  }

  challenge fresh() { return testing::minted(call<challenge>(verifier, challenge_atom_v)); }

  static appraisal_request request(const std::string& challenge_id, const blob& nonce = {}) {
    appraisal_request out;
    out.report = {"application/json", "{}", {}, 2};
    out.challenge_id = challenge_id;
    out.nonce = nonce;
    out.accept = "application/json";
    return out;
  }

  /// Returns the result's JSON, or the error.
  std::string outcome(const appraisal_request& what) { return outcome(verifier, what); }
  std::string outcome(const verifier_actor& whom, const appraisal_request& what) {
    const auto done = call<payload>(whom, appraise_atom_v, what);
    return done ? done->body : to_string(done.error());
  }

  /// The same of a request that was made before.
  template <class Response>
  static std::string received(Response& response) {
    std::string out;
    response.receive([&](const payload& p) { out = p.body; },
                     [&](const caf::error& e) {
                       out = is_untouched(e) ? "untouched" : to_string(from_peer(e, "test"));
                     });
    return out;
  }

  static bool is_result(const std::string& text) { return text.starts_with('{'); }
};

const blob good_nonce(8, 'n');

report::ear_issuer minted_issuer() {
  report::ear_options options;
  options.build = "1";
  return {{testing::minted(crypto::private_key::generate(crypto::key_kind::p256)), "one"}, options};
}

} // namespace

TEST_SUITE_BEGIN("actors/verifier");

TEST_CASE_FIXTURE(verifier_fixture,
                  "a challenge is 16 random bytes in hex, 32 random bytes, and a time") {
  const auto made = fresh();
  CHECK(made.id == "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a");
  CHECK(made.nonce == blob(32, 0x5a));
  CHECK(parse_time(made.expires).has_value());
  CHECK(*parse_time(made.expires) == now + 300s);
}

TEST_CASE_FIXTURE(verifier_fixture, "a challenge is good for one appraisal, of its nonce") {
  const auto made = fresh();
  CHECK(is_result(outcome(request(made.id))));
  REQUIRE(appraisals.size() == 1);
  CHECK(appraisals[0].nonce == bytes(32, 0x5a));
  CHECK(appraisals[0].report == to_bytes(std::string{"{}"}));
  CHECK(appraisals[0].policy == "default");
  CHECK(appraisals[0].now == now);
  CHECK(outcome(request(made.id)).starts_with("no_challenge"));
  CHECK(appraisals.size() == 1);
}

TEST_CASE_FIXTURE(verifier_fixture, "a request whose deadline has passed is not appraised") {
  auto late = request({}, good_nonce);
  late.deadline_ms = 1;
  CHECK(outcome(late) == "timeout: appraisal: nobody waits for it any more");
  CHECK(appraisals.empty());
  CHECK(verdicts == std::vector<std::string>{"timeout"});
  late.deadline_ms = UINT64_MAX;
  CHECK(is_result(outcome(late)));
  CHECK(verdicts.size() == 2);
}

TEST_CASE_FIXTURE(verifier_fixture, "what came of each request is told once, with its context") {
  of = testing::somebody;
  const auto made = fresh();
  CHECK(is_result(outcome(request(made.id)))); // the appraiser tells of it
  CHECK(appraised_for == std::vector<std::string>{"id trace"});
  CHECK(outcome(request(made.id)).starts_with("no_challenge"));
  is_dying = true;
  CHECK(outcome(request("", good_nonce)).starts_with("internal"));
  CHECK(call<payload>(verifier, policies_atom_v));
  CHECK(!call<payload>(verifier, anchors_atom_v));
  CHECK(told
        == std::vector<std::string>{"challenge ok id trace", "appraise no_challenge id trace",
                                    "appraise internal id trace", "policies ok id trace",
                                    "anchors unsupported id trace"});
}

TEST_CASE_FIXTURE(verifier_fixture, "a challenge ends at the verifier that shares the store") {
  const auto made = fresh();
  CHECK(is_result(outcome(other, request(made.id))));
  CHECK(outcome(request(made.id)).starts_with("no_challenge"));
}

TEST_CASE_FIXTURE(verifier_fixture,
                  "a challenge is used up also when the appraisal cannot be done") {
  const auto made = fresh();
  auto bad = request(made.id);
  bad.policy = "unknown";
  CHECK(outcome(bad) == "not_found: policy: unknown");
  CHECK(outcome(request(made.id)).starts_with("no_challenge"));
}

TEST_CASE_FIXTURE(verifier_fixture, "a challenge expires after its lifetime") {
  const auto made = fresh();
  now += 300s;
  CHECK(outcome(request(made.id)).starts_with("no_challenge"));
}

TEST_CASE_FIXTURE(verifier_fixture, "a full store is an error and no challenge") {
  fresh();
  fresh();
  const auto third = call<challenge>(verifier, challenge_atom_v);
  REQUIRE(!third);
  CHECK(third.error().code == errc::exhausted);
}

TEST_CASE_FIXTURE(verifier_fixture, "exactly one of challenge and nonce is taken") {
  const auto made = fresh();
  CHECK(outcome(request("")) == "missing: challengeId or nonce");
  CHECK(outcome(request(made.id, good_nonce)) == "malformed: challengeId and nonce: expected one");
  CHECK(is_result(outcome(request(made.id)))); // which that did not cost
}

TEST_CASE_FIXTURE(verifier_fixture,
                  "a caller's nonce has 8 to 64 bytes, and the result says whose it is") {
  CHECK(outcome(request("", blob(7, 'n'))).starts_with("malformed: nonce: 7 bytes"));
  CHECK(outcome(request("", blob(65, 'n'))).starts_with("malformed: nonce: 65 bytes"));
  CHECK(is_result(outcome(request("", blob(64, 'n')))));
  const auto text = outcome(request("", good_nonce));
  CHECK(text.find(R"("freshness":"caller")") != std::string::npos);
  CHECK(outcome(request(fresh().id)).find(R"("freshness":"challenge")") != std::string::npos);
}

TEST_CASE_FIXTURE(verifier_fixture, "roots and time of a caller are refused") {
  const auto made = fresh();
  auto with_roots = request(made.id);
  with_roots.roots = "x";
  CHECK(outcome(with_roots).starts_with("forbidden: roots"));
  auto with_time = request(made.id);
  with_time.time = "2026-11-24T09:43:36Z";
  CHECK(outcome(with_time).starts_with("forbidden: time"));
  CHECK(is_result(outcome(request(made.id))));
}

TEST_CASE_FIXTURE(verifier_fixture,
                  "where roots and time of a caller are allowed the result names them") {
  const auto lenient = system.spawn(actors::verifier, options(true), ports());
  auto what = request("", good_nonce);
  what.roots = testing::mint_root(testing::ca_content("root")).certificate.pem();
  what.time = "2025-01-01T00:00:00Z";
  const auto text = outcome(lenient, what);
  CHECK(text.find(R"("callerInputs":["roots","time"])") != std::string::npos);
  REQUIRE(appraisals.size() == 1);
  CHECK(appraisals[0].metadata_roots == 1);
  CHECK(appraisals[0].ak_roots == 1);
  CHECK(appraisals[0].now == *parse_time(what.time));
  what.time = "yesterday";
  CHECK(outcome(lenient, what).starts_with("malformed: time"));
  what.time.clear();
  what.roots = "x";
  CHECK(outcome(lenient, what).starts_with("malformed: roots"));
  caf::anon_send_exit(lenient, caf::exit_reason::kill);
}

TEST_CASE_FIXTURE(verifier_fixture,
                  "a caller picks a policy of those there are, and the form of the result") {
  auto what = request("", good_nonce);
  what.policy = "other";
  CHECK(is_result(outcome(what)));
  CHECK(appraisals.back().policy == "other");
  what.accept = "application/cbor";
  const auto cbor = call<payload>(verifier, appraise_atom_v, what);
  REQUIRE(cbor);
  CHECK(cbor->media_type == "application/cbor");
  CHECK(static_cast<unsigned char>(cbor->body[0]) >= 0xa0); // a map
  what.accept = "text/html";
  CHECK(outcome(what).starts_with("<!DOCTYPE html>"));
  what.accept = "image/png";
  CHECK(outcome(what) == "unsupported: accept: image/png");
}

TEST_CASE_FIXTURE(verifier_fixture, "a token is signed with the verifier's key, where it has one") {
  auto what = request("", good_nonce);
  what.accept = "application/eat+jwt";
  CHECK(outcome(what) == "unsupported: accept: no tokens are signed here");
  CHECK(appraisals.empty());
  rules->issuer = minted_issuer();
  const auto token = outcome(what);
  report::ear_expectations expected;
  expected.profiles = {std::string{report::ietf_profile}};
  expected.now = now;
  const auto& key = rules->issuer->key.key;
  const auto read = report::verify_ear(to_bytes(token),
                                       {{"one", key.public_half(), key.default_algorithm()}},
                                       expected);
  REQUIRE(read);
  CHECK((**read).status == report::trust_tier::contraindicated); // the fake finds nothing good
}

TEST_CASE_FIXTURE(verifier_fixture, "scripts judge each result, under each face") {
  rules->scripts.scripts = {{"mine.js", "false"}};
  auto what = request("", good_nonce);
  CHECK(outcome(what).find(R"("code":"policy.script")") != std::string::npos);
  script = policy::script_answer{true, R"({"summary":{"status":"fail"}})"};
  CHECK(outcome(what).find(R"("code":"forbidden")") != std::string::npos);
  rules->scripts.replaces = policy::replacing::allowed;
  CHECK(outcome(what) == R"({"summary":{"status":"fail"}})");
  what.accept = "application/cbor";
  CHECK(outcome(what) == "unsupported: accept: a script replaced the result, by JSON");
  script = error{errc::unavailable, "policy: helper"};
  CHECK(outcome(what).starts_with("unavailable"));
}

TEST_CASE_FIXTURE(verifier_fixture, "the keys of tokens and the policies are told") {
  CHECK(call<payload>(verifier, keys_atom_v).error().code == errc::not_found);
  auto with_key_set = ports();
  with_key_set.key_set = [](time_point when) { return "keys at " + format_time(when); };
  const auto with_keys = system.spawn(actors::verifier, options(), with_key_set);
  CHECK(call<payload>(with_keys, keys_atom_v)->body == "keys at " + format_time(now));
  caf::anon_send_exit(with_keys, caf::exit_reason::kill);
  CHECK(call<payload>(verifier, policies_atom_v)->body == *policies->list());
}

TEST_CASE_FIXTURE(verifier_fixture, "a policy that becomes active is applied from then on") {
  const auto manage = [&](const char* action, bool is_default = false) {
    return call<payload>(other, policies_atom_v,
                         policy_request{action, "production", "7", R"({"requiredPcrs":[0]})",
                                        is_default, "alice"});
  };
  auto what = request("", good_nonce);
  what.policy = "production";
  REQUIRE(manage(policy_action::put));
  CHECK(outcome(what) == "not_found: policy: production");
  REQUIRE(manage(policy_action::activate));
  CHECK(is_result(outcome(what)));
  what.policy.clear();
  CHECK(is_result(outcome(what)));
  REQUIRE(manage(policy_action::activate, true));
  CHECK(is_result(outcome(what)));
  REQUIRE(manage(policy_action::deactivate));
  CHECK(is_result(outcome(what)));
  std::vector<std::string> applied;
  for (const auto& one : appraisals)
    applied.push_back(one.policy);
  CHECK(applied == std::vector<std::string>{"production", "default", "production", "default"});
}

TEST_CASE_FIXTURE(verifier_fixture, "reference values that it is given count from then on") {
  const std::string value
    = R"({"type":"firmware","name":"x","hashes":[{"alg":"SHA-256","content":")"
      + std::string(64, '1')
      + R"("}],"properties":[{"name":"cmc.ta","value":"TPM"},)"
        R"({"name":"cmc.index","value":"4"}]})";
  const auto manage = [&](const char* action, const std::string& id,
                          const std::string& document = {},
                          const char* type = reference_type::value) {
    return call<payload>(other, references_atom_v,
                         reference_request{action, id, type, document, "alice\n"});
  };
  const auto seen = [&] {
    CHECK(is_result(outcome(request("", good_nonce))));
    return values_seen;
  };
  const auto code = [](const result<payload>& done) { return done ? errc{} : done.error().code; };
  CHECK(seen() == 0);
  const auto added = manage(reference_action::add, "", value);
  REQUIRE(added);
  const auto listed = nlohmann::json::parse(added->body)["values"];
  REQUIRE(listed.size() == 1);
  CHECK(listed[0]["active"] == true);
  CHECK(listed[0]["source"] == "api");
  CHECK(listed[0]["author"] == "alice?");
  CHECK(listed[0]["created"] == format_time(now));
  CHECK(listed[0]["component"]["name"] == "x");
  CHECK(seen() == 1);
  const std::string id = listed[0]["id"];
  CHECK(code(manage(reference_action::add, "", value)) == errc{}); // the same once more
  CHECK(call<payload>(verifier, references_atom_v)->body == added->body);
  CHECK(manage(reference_action::get, id)->body == added->body);
  REQUIRE(manage(reference_action::deactivate, id));
  CHECK(seen() == 0);
  REQUIRE(manage(reference_action::activate, id));
  CHECK(seen() == 1);
  REQUIRE(manage(reference_action::erase, id));
  CHECK(seen() == 0);
  for (const auto* action : {"get", "activate", "deactivate", "erase"})
    CHECK(code(manage(action, id)) == errc::not_found);
  CHECK(code(manage("burn", id)) == errc::unsupported);
  CHECK(code(manage("add", "", "{")) == errc::truncated);
  CHECK(code(manage("add", "", "\x01", reference_type::unsigned_corim)) == errc::malformed);
  CHECK(code(manage("add", "", "\x01", reference_type::signed_corim)) == errc::malformed);
  CHECK(code(manage("add", "", value, "text/plain")) == errc::unsupported);
}

TEST_CASE_FIXTURE(verifier_fixture, "whom it trusts and how old collateral is are told, if known") {
  CHECK(call<payload>(verifier, anchors_atom_v).error().code == errc::unsupported);
  CHECK(call<payload>(verifier, collateral_atom_v).error().code == errc::unsupported);
  auto with = ports();
  with.anchors = [] { return std::string{"anchors"}; };
  with.collateral = [](time_point when) { return "items at " + format_time(when); };
  const auto telling = system.spawn(actors::verifier, options(), with);
  CHECK(call<payload>(telling, anchors_atom_v)->body == "anchors");
  CHECK(call<payload>(telling, collateral_atom_v)->body == "items at " + format_time(now));
  caf::anon_send_exit(telling, caf::exit_reason::kill);
}

TEST_CASE_FIXTURE(verifier_fixture, "what is asked about policies and cannot be done is refused") {
  const auto code_of = [&](const policy_request& what) {
    return call<payload>(verifier, policies_atom_v, what).error().code;
  };
  CHECK(code_of({"put", "x", "1", "{", false, ""}) == errc::truncated);
  CHECK(code_of({"get", "x", "1", "", false, ""}) == errc::not_found);
  CHECK(code_of({"forget", "x", "1", "", false, ""}) == errc::unsupported);
}

namespace {

/// A store that is away.
class lost_policy_store final : public store::policy_store {
public:
  result<void> put(const store::policy_entry&, std::string_view) override { return away(); }
  result<std::string> document(const std::string&, const std::string&) override { return away(); }
  result<std::vector<store::policy_entry>> list() override { return away(); }
  result<void> activate(const std::string&, const std::string&, scope) override { return away(); }
  result<void> deactivate(const std::string&) override { return away(); }
  result<void> erase(const std::string&, const std::string&) override { return away(); }
  result<std::uint64_t> generation() override { return away(); }

private:
  static error away() { return {errc::unavailable, "store"}; }
};

} // namespace

TEST_CASE_FIXTURE(verifier_fixture, "the outcome of a request is kept for who has its id") {
  auto keeping = ports();
  keeping.outcomes = std::make_shared<store::memory_outcome_store>(store::outcome_limits{1, 100});
  const auto keeper = system.spawn(actors::verifier, options(), keeping);
  const std::string id(64, 'a');
  const auto until = static_cast<std::uint64_t>(
    std::chrono::duration_cast<std::chrono::milliseconds>((now + 60s).time_since_epoch()).count());
  const auto ask_for = [&](const char* action, const std::string& about, const std::string& digest,
                           const payload& outcome = {}) {
    const auto done = call<payload>(keeper, outcome_atom_v,
                                    outcome_request{action, about, digest, outcome, until});
    return done ? done->media_type + done->body : to_string(done.error());
  };
  const auto& digest = id;
  CHECK(ask_for("begin", id, digest) == outcome_state::begun);
  CHECK(ask_for("begin", id, digest) == outcome_state::pending);
  CHECK(ask_for("begin", id, std::string(64, 'b')).starts_with("conflict"));
  CHECK(ask_for("begin", std::string(64, 'c'), digest).starts_with("exhausted"));
  CHECK(ask_for("find", id, "") == outcome_state::pending);
  CHECK(ask_for("finish", id, "", {"text/html", "page", {}, 4}).empty());
  CHECK(ask_for("find", id, "") == "text/htmlpage");
  CHECK(ask_for("begin", id, digest) == "text/htmlpage");
  CHECK(ask_for("finish", id, "", {"pending", "page", {}, 4}).starts_with("malformed"));
  CHECK(ask_for("forget", id, "").empty());
  CHECK(ask_for("find", id, "").starts_with("not_found"));
  CHECK(ask_for("find", "x", "").starts_with("malformed"));
  CHECK(ask_for("begin", id, "x").starts_with("malformed"));
  CHECK(ask_for("steal", id, "").starts_with("unsupported"));
  CHECK(ask_for("begin", id, digest) == outcome_state::begun);
  now += 61s;
  CHECK(ask_for("find", id, "").starts_with("not_found"));
  caf::anon_send_exit(keeper, caf::exit_reason::kill);
  CHECK(call<payload>(verifier, outcome_atom_v, outcome_request{}).error().code
        == errc::unsupported);
}

TEST_CASE_FIXTURE(verifier_fixture, "nothing is appraised while nobody knows which policies hold") {
  const auto open = fresh();
  auto lost = ports();
  lost.policies = minted_policies(std::make_shared<lost_policy_store>());
  const auto without = system.spawn(actors::verifier, options(), lost);
  CHECK(outcome(without, request(open.id)) == "unavailable: store");
  caf::anon_send_exit(without, caf::exit_reason::kill);
  CHECK(is_result(outcome(request(open.id)))); // which the refusal has not cost
}

TEST_CASE_FIXTURE(verifier_fixture, "a policy is tried on a report, and no token says so") {
  rules->issuer = minted_issuer();
  auto what = request("", good_nonce);
  what.policy_document = R"({"name":"tried","version":"2"})";
  const auto text = outcome(what);
  CHECK(text.find(R"("callerInputs":["policy"])") != std::string::npos);
  CHECK(appraisals.back().policy == "tried");
  what.accept = "application/eat+jwt";
  CHECK(outcome(what) == "forbidden: ear: the caller chose policy");
  what.policy_document = R"({"requirePcrs":[]})";
  CHECK(outcome(what) == "unknown_key: policyDocument: policy.requirePcrs");
  what.nonce.clear();
  what.challenge_id = fresh().id;
  CHECK(outcome(what) == "malformed: challengeId: a policy is tried on a nonce");
}

TEST_CASE_FIXTURE(verifier_fixture, "a policy is tried on a report that was kept, as of its time") {
  const auto then = now;
  const auto made = fresh();
  auto first = request(made.id);
  of.id = "0123";
  REQUIRE(is_result(outcome(first)));
  now += 300s;
  appraisal_request trial;
  trial.kept = "0123";
  trial.policy_document = R"({"name":"tried"})";
  trial.accept = "application/json";
  const auto text = outcome(other, trial);
  REQUIRE(is_result(text));
  CHECK(text.find(R"("freshness":"challenge")") != std::string::npos);
  CHECK(text.find(R"("callerInputs":["policy"])") != std::string::npos);
  CHECK(appraisals.back().policy == "tried");
  CHECK(appraisals.back().report == troth::to_bytes("{}"));
  CHECK(appraisals.back().nonce == protocol::to_bytes(made.nonce));
  CHECK(appraisals.back().now == then);
  trial.time = "2027-01-01T00:00:00Z";
  const auto later = outcome(trial);
  CHECK(later.find(R"("callerInputs":["time","policy"])") != std::string::npos);
  CHECK(appraisals.back().now == *parse_time("2027-01-01T00:00:00Z"));
  trial.time = "never";
  CHECK(outcome(trial).starts_with("malformed: time"));
  trial.time.clear();
  of.id = "4567";
  REQUIRE(is_result(outcome(trial)));
  trial.kept = "4567";
  CHECK(outcome(trial).starts_with("not_found")); // a trial is not kept
  trial.kept = "0123";
  now = then + 600s;
  CHECK(outcome(trial).starts_with("not_found"));
}

TEST_CASE_FIXTURE(verifier_fixture, "a request for a kept report is that and nothing else") {
  appraisal_request trial;
  trial.kept = "0123";
  trial.accept = "application/json";
  CHECK(outcome(trial) == "malformed: kept: only to try a policy");
  trial.policy_document = "{}";
  CHECK(outcome(trial).starts_with("not_found"));
  const auto refused = [&](auto change) {
    auto changed = trial;
    change(changed);
    return outcome(changed);
  };
  const auto* const answered = "malformed: kept: what it answered was kept with it";
  CHECK(refused([](auto& x) { x.nonce = good_nonce; }) == answered);
  CHECK(refused([](auto& x) { x.challenge_id = "a"; }) == answered);
  CHECK(refused([](auto& x) { x.roots = "PEM"; }) == answered);
  CHECK(refused([](auto& x) { x.peer = "a"; }) == answered);
  CHECK(refused([](auto& x) { x.kept = std::string(129, 'a'); }).starts_with("too_large"));
}

TEST_CASE_FIXTURE(verifier_fixture, "what a caller chose roots or a time for is not kept") {
  const auto lenient = system.spawn(actors::verifier, options(true), ports());
  auto what = request("", good_nonce);
  of.id = "0123";
  what.time = "2027-01-01T00:00:00Z";
  REQUIRE(is_result(outcome(lenient, what)));
  CHECK(!archive->find("0123", now));
  what.time.clear();
  REQUIRE(is_result(outcome(lenient, what)));
  CHECK(archive->find("0123", now));
  caf::anon_send_exit(lenient, caf::exit_reason::kill);
}

TEST_CASE_FIXTURE(verifier_fixture,
                  "a report over the maximum is refused and leaves its challenge open") {
  const auto made = fresh();
  auto big = request(made.id);
  big.report.body = blob(options().host.transfers.max_body_bytes + 1, 'x');
  big.report.size_bytes = big.report.body.size();
  CHECK(outcome(big).starts_with("too_large"));
  CHECK(is_result(outcome(request(made.id))));
}

TEST_CASE_FIXTURE(verifier_fixture,
                  "a malfunction is an error and no verdict, and the worker is replaced") {
  is_dying = true;
  CHECK(outcome(request("", good_nonce)).starts_with("internal"));
  CHECK(restarts == 1);
  CHECK(outcome(request("", good_nonce)).starts_with("internal"));
  is_dying = false;
  CHECK(is_result(outcome(request("", good_nonce))));
  CHECK(restarts == 2);
}

TEST_CASE_FIXTURE(verifier_fixture,
                  "a pool whose workers die too often ends, as its supervisor counts") {
  caf::error end;
  pool->attach_functor([&](const caf::error& why) { end = why; });
  is_dying = true;
  for (int n = 0; n < 5; ++n)
    CHECK(outcome(request("", good_nonce)).starts_with("internal"));
  CHECK(restarts == 5);
  CHECK_FALSE(end);
  CHECK(outcome(request("", good_nonce)).starts_with("internal"));
  CHECK(restarts == 5);
  CHECK(end);
}

TEST_CASE_FIXTURE(verifier_fixture, "appraisals that would wait too long are refused") {
  std::vector<caf::response_handle<caf::blocking_actor, caf::detail::type_list<payload>, true>>
    open;
  for (int n = 0; n < 5; ++n)
    open.push_back(
      self->request(verifier, caf::infinite, appraise_atom_v, request("", good_nonce), of));
  // The verifier and the pool take all before any worker has its turn.
  scheduler.run();
  int done = 0;
  int refused = 0;
  for (auto& one : open)
    one.receive([&](const payload&) { ++done; },
                [&](const caf::error& e) { refused += from_peer(e, "").code == errc::exhausted; });
  CHECK(done == 4);
  CHECK(refused == 1);
}

TEST_CASE_FIXTURE(verifier_fixture, "an appraisal that would wait too long costs no challenge") {
  auto tight = options();
  tight.max_appraisals = 1;
  const auto busy = system.spawn(actors::verifier, tight, ports());
  const auto second = fresh();
  auto one = self->request(busy, caf::infinite, appraise_atom_v, request(fresh().id), of);
  auto two = self->request(busy, caf::infinite, appraise_atom_v, request(second.id), of);
  scheduler.run();
  CHECK(received(one).starts_with('{'));
  CHECK(received(two) == "exhausted: appraisals: too many wait");
  CHECK(is_result(outcome(busy, request(second.id))));
  caf::anon_send_exit(busy, caf::exit_reason::kill);
}

TEST_CASE_FIXTURE(verifier_fixture,
                  "told to stop it finishes what it has begun, and takes no other challenge") {
  const auto first = fresh();
  const auto second = fresh();
  caf::error end;
  verifier->attach_functor([&](const caf::error& why) { end = why; });
  auto one = self->request(verifier, caf::infinite, appraise_atom_v, request(first.id), of);
  scheduler.run_once(); // it has asked the pool
  caf::anon_send_exit(verifier, caf::exit_reason::user_shutdown);
  auto two = self->request(verifier, caf::infinite, appraise_atom_v, request(second.id), of);
  scheduler.run();
  CHECK(is_result(received(one)));
  CHECK(received(two) == "untouched");
  CHECK(is_untouched(end));
  CHECK(is_result(outcome(other, request(second.id))));
}

TEST_CASE_FIXTURE(verifier_fixture, "it is ready while its store answers") {
  const auto ready = call<readiness>(verifier, ready_atom_v);
  REQUIRE(ready);
  CHECK(ready->is_ready);
}

TEST_SUITE_END();
