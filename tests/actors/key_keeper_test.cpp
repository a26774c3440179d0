#include "actors/key_keeper.hpp"

#include "actors/tls_key_shelf.hpp"
#include "shared/codec/json.hpp"
#include "shared/crypto/certificate_request.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/issue.hpp"
#include "shared/endorsement/enrolment_nonce.hpp"
#include "shared/files/files.hpp"
#include "shared/protocol/error.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tpm_public.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>
#include <openssl/evp.h>

using namespace troth;
using namespace troth::protocol;
using namespace std::chrono_literals;
using testing::somebody;

namespace {

const time_point start_time{std::chrono::hours{24 * 365 * 50}};
constexpr auto day = 24h;

/// A certificate authority for TLS keys, and what it was asked.
struct fake_authority {
  crypto::private_key key = *crypto::private_key::generate(crypto::key_kind::p256);
  crypto::certificate own = *crypto::self_sign(content("TLS CA", true), key);
  std::vector<key_enrol_request> requests;
  time_point now = start_time;
  std::optional<error> refusal;

  crypto::certificate_content content(const std::string& name, bool is_ca) const {
    crypto::certificate_content out;
    out.subject.common_name = name;
    if (is_ca)
      out.ca.emplace();
    out.not_before = now;
    out.not_after = now + (is_ca ? 3650 : 90) * day;
    return out;
  }

  caf::result<payload> certify(const key_enrol_request& request) {
    requests.push_back(request);
    if (refusal)
      return to_caf(*refusal);
    const auto csr = crypto::certificate_request::from_der(protocol::to_bytes(request.csr));
    REQUIRE(csr);
    auto about = content(csr->common_name(), false);
    about.dns_names = csr->dns_names();
    const auto leaf = *crypto::issue(about, csr->key(), own, key);
    return payload{"application/pem-certificate-chain", leaf.pem() + own.pem(), {}, 0};
  }
};

/// A TPM's keys, in memory. All of it is P-256.
struct fake_keys {
  std::map<std::string, crypto::private_key> made; // by public area
  std::vector<std::string> asked;
  std::optional<error> refusal;
  bool signs_with_another = false;

  caf::result<anchor_key> make(const std::string& algorithm) {
    asked.push_back("make " + algorithm);
    if (refusal)
      return to_caf(*refusal);
    const auto key = *crypto::private_key::generate(crypto::key_kind::p256);
    const auto spki = key.public_half().der(); // ends in the coordinates
    testing::tpm_public area;
    area.x = bytes(spki.end() - 64, spki.end() - 32);
    area.y = bytes(spki.end() - 32, spki.end());
    const auto name = to_blob(area.marshalled());
    made.insert_or_assign(name, key);
    return anchor_key{name, "private"};
  }

  caf::result<blob> sign(const anchor_key& key, const std::string& hash, const blob& value) {
    asked.push_back("sign " + hash);
    if (signs_with_another)
      made.insert_or_assign(key.public_area,
                            *crypto::private_key::generate(crypto::key_kind::p256));
    const auto of = digest::from(*parse_hash_algorithm(hash), protocol::to_bytes(value));
    return to_blob(*made.at(key.public_area).sign_for_tls(*of));
  }
};

struct keeper_fixture : testing::actor_fixture {
  testing::temporary_folder folder;
  fake_authority authority;
  fake_keys keys;
  std::vector<std::string> notes;
  std::vector<attest_request> reports; ///< That were asked for.
  std::vector<request_context> behalf; ///< On whose.
  std::optional<error> no_report;
  bool makes_report = true;                   ///< Else whoever asks waits.
  std::vector<caf::response_promise> waiting; ///< Who is given it when it is asked for again.
  std::uint8_t drawn = 0;
  actors::key_keeper_options options;

  // With arguments, since CAF dereferences those that are not there.
  driver_actor driver = system.spawn(
    [](driver_actor::pointer, keeper_fixture* test) { return test->driver_behavior(); }, this);
  est_actor est = system.spawn(
    [](est_actor::pointer, keeper_fixture* test) { return test->est_behavior(); }, this);
  actors::report_maker_actor prover
    = system.spawn([](actors::report_maker_actor::pointer me,
                      keeper_fixture* test) { return test->prover_behavior(me); },
                   this);
  actors::key_keeper_actor keeper;

  ~keeper_fixture() {
    waiting.clear();
    stop();
    for (const auto& actor : {caf::actor_cast<caf::actor>(driver), caf::actor_cast<caf::actor>(est),
                              caf::actor_cast<caf::actor>(prover)})
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    scheduler.run();
  }

  driver_actor::behavior_type driver_behavior() {
    return {
      [](const hello& h) { return h; },
      [](ready_atom) { return readiness{}; },
      [](put_atom, const chunk&) {},
      [](get_atom, const std::string&, std::uint64_t) { return blob{}; },
      [](collateral_atom, const request_context&) { return payload{}; },
      [](evidence_atom, const blob&, const request_context&) { return payload{}; },
      [](measure_atom, const blob&, const request_context&) { return payload{}; },
      [](update_atom, const request_context&) { return readiness{}; },
      [this](make_key_atom, const std::string& algorithm, const request_context& of) {
        behalf.push_back(of);
        return keys.make(algorithm);
      },
      [this](certify_key_atom, const anchor_key&, const blob& nonce, const request_context& of) {
        behalf.push_back(of);
        keys.asked.push_back("certify");
        return key_certification{nonce, "by the AK"};
      },
      [this](sign_atom, const anchor_key& key, const std::string& hash, const blob& value,
             const request_context& of) {
        behalf.push_back(of);
        return keys.sign(key, hash, value);
      },
    };
  }

  est_actor::behavior_type est_behavior() {
    return {
      [](const hello& h) { return h; },
      [](ready_atom) { return readiness{}; },
      [](put_atom, const chunk&) {},
      [](get_atom, const std::string&, std::uint64_t) { return blob{}; },
      [](enrol_atom, const enrol_request&, const request_context&) { return enrol_response{}; },
      [this](challenge_atom, const request_context& of) {
        behalf.push_back(of);
        return challenge{"a challenge", "its nonce", {}};
      },
      [this](enrol_atom, const key_enrol_request& request, const request_context& of) {
        behalf.push_back(of);
        return authority.certify(request);
      },
      [](ca_atom, const request_context&) { return payload{}; },
      [](metadata_atom, const request_context&) { return std::vector<metadata_entry>{}; },
      [](metadata_atom, const std::string&, const request_context&) { return payload{}; },
      [](metadata_atom, const metadata_request&, const request_context&) { return payload{}; },
    };
  }

  actors::report_maker_actor::behavior_type
  prover_behavior(actors::report_maker_actor::pointer me) {
    return {[this, me](actors::report_atom, const attest_request& request,
                       const request_context& of) -> caf::result<payload> {
      reports.push_back(request);
      behalf.push_back(of);
      if (no_report)
        return to_caf(*no_report);
      for (auto& each : std::exchange(waiting, {}))
        each.deliver(payload{"application/cbor", "a report", {}, 8});
      if (makes_report)
        return payload{"application/cbor", "a report", {}, 8};
      waiting.push_back(me->make_response_promise());
      return waiting.back();
    }};
  }

  /// Gives whoever waits for one a report. Only the actor that promised it can.
  void give_report() {
    makes_report = true;
    ask(prover, actors::report_atom::value, attest_request{}, somebody)
      .receive([](const payload&) {}, [](const caf::error&) { FAIL("no answer"); });
    scheduler.run();
  }

  std::filesystem::path keys_folder() const { return folder.path() / "keys"; }

  void start() {
    actors::key_keeper_ports ports{
      driver,
      est,
      prover,
      keys_folder(),
      [this] { return authority.now; },
      [this](std::size_t n) -> result<bytes> { return bytes(n, ++drawn); },
      [this](const std::string& what, const request_context&) { notes.push_back(what); },
    };
    keeper = actors::spawn_key_keeper_shared(system, options, std::move(ports));
    scheduler.run();
  }

  void stop() {
    if (keeper)
      caf::anon_send_exit(keeper, caf::exit_reason::kill);
    keeper = nullptr;
    scheduler.run();
  }

  static tls_key_request request(const std::string& action, const std::string& id = {}) {
    tls_key_request out;
    out.action = action;
    out.id = id;
    out.caller = "somebody";
    return out;
  }

  static tls_key_request creation(const std::string& kind = "tpm") {
    auto out = request(tls_key_action::create);
    out.kind = kind;
    out.algorithm = "EC256";
    out.common_name = "a machine";
    out.dns_names = {"machine.example"};
    return out;
  }

  static tls_key_request signing(const std::string& id) {
    auto out = request(tls_key_action::sign, id);
    out.hash = "SHA-256";
    out.digest = blob(32, 'd');
    return out;
  }

  result<payload> answer(const tls_key_request& wanted) {
    result<payload> out = error{errc::internal, "no answer"};
    ask(keeper, tls_keys_atom::value, wanted, somebody)
      .receive([&](const payload& given) { out = given; },
               [&](const caf::error& why) { out = from_peer(why, "keeper"); });
    return out;
  }

  errc code_of(const tls_key_request& wanted) {
    const auto given = answer(wanted);
    return given ? errc{} : given.error().code;
  }

  /// Asks for something whose answer is a list.
  nlohmann::json list_of(const tls_key_request& wanted) {
    const auto given = answer(wanted);
    REQUIRE_MESSAGE(given, to_string(given.error()));
    CHECK(given->media_type == "application/json");
    return codec::parse_json(given->body, {1 << 20})->at("keys");
  }

  std::string make(const std::string& kind = "tpm") {
    const auto list = list_of(creation(kind));
    REQUIRE(list.size() == 1);
    return list[0].at("id");
  }

  crypto::certificate leaf_of(const std::string& id) {
    const auto pem = answer(request(tls_key_action::certificate, id));
    REQUIRE(pem);
    CHECK(pem->media_type == "application/pem-certificate-chain");
    const auto chain = *crypto::certificate::from_pem(pem->body);
    REQUIRE(chain.size() == 2);
    CHECK(chain[0].verify_signature(authority.key.public_half()));
    return chain[0];
  }

  /// Whether the key of that id signs, and its certificate verifies it.
  bool signs(const std::string& id) {
    const auto signature = answer(signing(id));
    if (!signature)
      return false;
    CHECK(signature->media_type == "application/octet-stream");
    const auto key = leaf_of(id).key();
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context{
      EVP_PKEY_CTX_new(key.get(), nullptr), EVP_PKEY_CTX_free};
    const auto made = protocol::to_bytes(signature->body);
    const auto what = protocol::to_bytes(signing(id).digest);
    return EVP_PKEY_verify_init(context.get()) == 1
           && EVP_PKEY_verify(context.get(), made.data(), made.size(), what.data(), what.size())
                == 1;
  }

  std::size_t count_files() const {
    const auto names = files::list(keys_folder(), 100);
    return names ? names->size() : 0;
  }
};

} // namespace

TEST_SUITE_BEGIN("actors/key_keeper");

TEST_CASE_FIXTURE(
  keeper_fixture,
  "a key in the TPM is made, certified over the EST server's challenge, and signs") {
  start();
  const auto list = list_of(creation());
  REQUIRE(list.size() == 1);
  const auto& key = list[0];
  const std::string id = key.at("id");
  CHECK(actors::is_uuid(id));
  CHECK(key.at("kind") == "tpm");
  CHECK(key.at("algorithm") == "EC256");
  CHECK(key.at("commonName") == "a machine");
  CHECK(key.at("dnsNames").at(0) == "machine.example");
  CHECK(key.at("owner") == "somebody");
  CHECK(key.at("created") == format_time(start_time));
  CHECK(key.at("notAfter") == format_time(start_time + 90 * day));

  REQUIRE(authority.requests.size() == 1);
  const auto& asked = authority.requests[0];
  const auto csr = crypto::certificate_request::from_der(protocol::to_bytes(asked.csr));
  REQUIRE(csr);
  const auto nonce = endorsement::enrolment_nonce(troth::to_bytes("its nonce"), csr->key());
  CHECK(asked.challenge_id == "a challenge");
  CHECK(asked.report.body == "a report");
  CHECK(asked.public_area == keys.made.begin()->first);
  CHECK(asked.of.attest == to_blob(nonce));
  CHECK(asked.of.signature == "by the AK");
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].nonce == to_blob(nonce));
  CHECK(keys.asked == std::vector<std::string>{"make EC256", "certify", "sign SHA-256"});
  for (const auto& of : behalf)
    CHECK(of.id == "id");
  CHECK(leaf_of(id).dns_names() == std::vector<std::string>{"machine.example"});
  CHECK(signs(id));
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "a key in software needs no driver, and stays the same after a restart") {
  start();
  for (const auto* algorithm : {"EC256", "EC384", "RSA2048", "RSA3072"}) {
    auto wanted = creation("sw");
    wanted.algorithm = algorithm;
    CHECK(list_of(wanted).at(0).at("algorithm") == algorithm);
    CHECK(authority.requests.back().public_area.empty());
    CHECK(authority.requests.back().of.attest.empty());
  }
  const auto list = list_of(request(tls_key_action::list));
  CHECK(keys.asked.empty());
  stop();
  start();
  CHECK(list_of(request(tls_key_action::list)) == list);
  CHECK(signs(make("sw")));
  for (const auto& key : list)
    CHECK(answer(signing(key.at("id"))));
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "a key in the TPM is used after a restart, and no other is made") {
  start();
  const auto id = make();
  stop();
  start();
  CHECK(signs(id));
  CHECK(keys.made.size() == 1);
}

TEST_CASE_FIXTURE(keeper_fixture, "only its owner knows of a key, but for who runs the machine") {
  start();
  const auto id = make("sw");
  const auto as = [&](const char* action, const char* caller, bool is_of_all) {
    auto out = action == std::string_view{tls_key_action::sign} ? signing(id) : request(action, id);
    out.caller = caller;
    out.is_of_all = is_of_all;
    return out;
  };
  CHECK(list_of(as(tls_key_action::list, "another", false)).empty());
  for (const auto* action : {tls_key_action::certificate, tls_key_action::sign,
                             tls_key_action::rotate, tls_key_action::erase})
    CHECK(code_of(as(action, "another", false)) == errc::not_found);
  CHECK(list_of(as(tls_key_action::list, "admin", true)).size() == 1);
  CHECK(answer(as(tls_key_action::certificate, "admin", true)));
  CHECK(code_of(as(tls_key_action::sign, "admin", true)) == errc::not_found);
  CHECK(list_of(as(tls_key_action::rotate, "admin", true)).at(0).at("owner") == "somebody");
  CHECK(answer(as(tls_key_action::sign, "somebody", true)));
  auto of_admin = creation("sw");
  of_admin.caller = "admin";
  of_admin.is_of_all = true;
  CHECK(list_of(of_admin).at(0).at("owner") == "admin");
  CHECK(list_of(as(tls_key_action::erase, "admin", true)).size() == 1); // the other is left
  CHECK(code_of(as(tls_key_action::certificate, "somebody", false)) == errc::not_found);
}

TEST_CASE_FIXTURE(keeper_fixture, "what cannot be asked for is refused by its code") {
  start();
  const auto id = make("sw");
  CHECK(code_of(request("")) == errc::unsupported);
  CHECK(code_of(request("sign everything", id)) == errc::unsupported);
  for (const auto* action : {tls_key_action::certificate, tls_key_action::sign,
                             tls_key_action::rotate, tls_key_action::erase}) {
    CHECK(code_of(request(action)) == errc::missing);
    CHECK(code_of(request(action, "00000000-0000-4000-8000-000000000000")) == errc::not_found);
    CHECK(code_of(request(action, "../" + id)) == errc::not_found);
  }
  auto wanted = signing(id);
  wanted.hash = "SHA-1";
  CHECK(code_of(wanted) == errc::unsupported);
  wanted = signing(id);
  wanted.digest += 'd';
  CHECK(code_of(wanted) == errc::malformed);
  wanted = creation("snp");
  CHECK(code_of(wanted) == errc::unsupported);
  wanted = creation();
  wanted.common_name.clear();
  wanted.dns_names.clear();
  CHECK(code_of(wanted) == errc::missing);
  wanted = creation();
  wanted.dns_names = {"*.example"};
  CHECK(code_of(wanted) == errc::malformed);
  CHECK(keys.asked.empty());
}

TEST_CASE_FIXTURE(keeper_fixture, "whatever fails leaves no key behind, and is told as it is") {
  start();
  const auto left = [&] { return list_of(request(tls_key_action::list)).size() + count_files(); };
  keys.refusal = error{errc::unsupported, "no TPM"};
  CHECK(code_of(creation()) == errc::unsupported);
  keys.refusal.reset();
  no_report = error{errc::unavailable, "no certificate"};
  CHECK(code_of(creation()) == errc::unavailable);
  no_report.reset();
  authority.refusal = error{errc::untrusted, "report"};
  CHECK(code_of(creation()) == errc::untrusted);
  CHECK(code_of(creation("sw")) == errc::untrusted);
  authority.refusal.reset();
  auto wanted = creation();
  wanted.algorithm = "EC384"; // the fake makes keys of P-256
  CHECK(code_of(wanted) == errc::internal);
  CHECK(left() == 0);
  caf::anon_send_exit(est, caf::exit_reason::kill);
  CHECK(code_of(creation()) == errc::unavailable);
  CHECK(left() == 0);
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "a process that is killed while a key is made has none after it") {
  makes_report = false;
  start();
  caf::anon_send(keeper, tls_keys_atom::value, creation("sw"), somebody);
  scheduler.run();
  CHECK(reports.size() == 1);
  CHECK(count_files() == 0);
  stop();
  makes_report = true;
  start();
  CHECK(list_of(request(tls_key_action::list)).empty());
  CHECK(signs(make("sw")));
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "a process that is killed while a key is rotated has the old one after it") {
  start();
  const auto id = make();
  const auto before = leaf_of(id);
  makes_report = false;
  caf::anon_send(keeper, tls_keys_atom::value, request(tls_key_action::rotate, id), somebody);
  scheduler.run();
  CHECK(reports.size() == 2);
  stop();
  makes_report = true;
  start();
  CHECK(leaf_of(id).der() == before.der());
  CHECK(signs(id));
  CHECK(count_files() == 1);
}

TEST_CASE_FIXTURE(
  keeper_fixture,
  "a driver that signs with another key makes none, and nobody is asked to certify it") {
  keys.signs_with_another = true;
  start();
  CHECK(code_of(creation()) == errc::internal);
  CHECK(authority.requests.empty());
  CHECK(count_files() == 0);
}

TEST_CASE_FIXTURE(keeper_fixture, "nobody waits for a key beyond the request's deadline") {
  makes_report = false;
  start();
  auto wanted = creation();
  wanted.deadline_ms = static_cast<std::uint64_t>(
    std::chrono::duration_cast<std::chrono::milliseconds>(start_time.time_since_epoch()).count());
  CHECK(code_of(wanted) == errc::timeout);
  CHECK(reports.empty());
  wanted.deadline_ms += 2000;
  auto asked = self->request(keeper, caf::infinite, tls_keys_atom::value, wanted, somebody);
  scheduler.run();
  CHECK(reports.at(0).deadline_ms == wanted.deadline_ms);
  scheduler.advance_time(2s);
  scheduler.run();
  errc code{};
  asked.receive([](const payload&) {},
                [&](const caf::error& why) { code = from_peer(why, "keeper").code; });
  CHECK(code == errc::timeout);
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "a rotated key keeps its id, and serves until the next one is certified") {
  start();
  for (const auto* kind : {"tpm", "sw"}) {
    const auto id = make(kind);
    const auto before = leaf_of(id);
    authority.refusal = error{errc::untrusted, "report"};
    CHECK(code_of(request(tls_key_action::rotate, id)) == errc::untrusted);
    CHECK(leaf_of(id).der() == before.der());
    CHECK(signs(id));
    authority.refusal.reset();
    authority.now += day;
    const auto list = list_of(request(tls_key_action::rotate, id));
    REQUIRE(list.size() == 1);
    CHECK(list[0].at("id") == id);
    CHECK(list[0].at("created") == format_time(authority.now));
    CHECK(list[0].at("dnsNames").at(0) == "machine.example");
    CHECK_FALSE(leaf_of(id).key() == before.key());
    CHECK(signs(id));
    CHECK(count_files() == list_of(request(tls_key_action::list)).size());
  }
}

TEST_CASE_FIXTURE(
  keeper_fixture,
  "a key is rotated once at a time, and one that is erased meanwhile stays erased") {
  start();
  const auto id = make();
  makes_report = false;
  auto asked = self->request(keeper, caf::infinite, tls_keys_atom::value,
                             request(tls_key_action::rotate, id), somebody);
  scheduler.run();
  CHECK(code_of(request(tls_key_action::rotate, id)) == errc::conflict);
  CHECK(signs(id));
  CHECK(list_of(request(tls_key_action::erase, id)).empty());
  give_report();
  errc code{};
  asked.receive([](const payload&) {},
                [&](const caf::error& why) { code = from_peer(why, "keeper").code; });
  CHECK(code == errc::not_found);
  CHECK(count_files() == 0);
}

TEST_CASE_FIXTURE(keeper_fixture, "an erased key is gone, and what is left is told") {
  start();
  const auto first = make("sw");
  const auto second = make("sw");
  const auto list = list_of(request(tls_key_action::erase, first));
  REQUIRE(list.size() == 1);
  CHECK(list[0].at("id") == second);
  CHECK(code_of(signing(first)) == errc::not_found);
  CHECK(count_files() == 1);
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "there are no more keys than the operator lets there be, in all") {
  options.max_keys = 2;
  start();
  make("sw");
  makes_report = false;
  auto other = creation("sw");
  other.caller = "another";
  caf::anon_send(keeper, tls_keys_atom::value, other, somebody);
  scheduler.run();
  CHECK(code_of(creation("sw")) == errc::exhausted); // one is, and one will be
  give_report();
  makes_report = true;
  CHECK(code_of(creation("sw")) == errc::exhausted);
  const auto id = list_of(request(tls_key_action::list)).at(0).at("id");
  CHECK(list_of(request(tls_key_action::rotate, id)).size() == 1);
  CHECK(list_of(request(tls_key_action::erase, id)).empty());
  CHECK(answer(creation("sw")));
}

TEST_CASE_FIXTURE(keeper_fixture, "no more keys are made at a time than is set") {
  options.max_makings = 1;
  makes_report = false;
  start();
  caf::anon_send(keeper, tls_keys_atom::value, creation(), somebody);
  scheduler.run();
  CHECK(code_of(creation("sw")) == errc::exhausted);
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "no more signatures are asked of a driver at a time than is set") {
  options.max_signing = 0;
  start();
  CHECK(code_of(signing(make())) == errc::exhausted);
  CHECK(code_of(signing(make("sw"))) == errc{}); // it asks nobody
}

TEST_CASE_FIXTURE(keeper_fixture,
                  "a certificate of which two thirds are over is renewed, without being asked") {
  start();
  const auto id = make();
  const auto other = make("sw");
  const auto before = leaf_of(id);
  authority.now += 59 * day;
  scheduler.advance_time(60s);
  scheduler.run();
  CHECK(leaf_of(id).der() == before.der());
  authority.now += 2 * day;
  authority.refusal = error{errc::untrusted, "report"};
  for (int i = 0; i < 3; ++i) {
    scheduler.advance_time(60s);
    scheduler.run();
  }
  CHECK(leaf_of(id).der() == before.der());
  CHECK(signs(id));
  CHECK(std::ranges::count_if(notes,
                              [](const auto& each) {
                                return each.find("is not renewed: untrusted") != std::string::npos;
                              })
        == 2); // once for each key
  authority.refusal.reset();
  scheduler.advance_time(60s);
  scheduler.run();
  for (const auto& each : {id, other}) {
    CHECK(leaf_of(each).not_after() == authority.now + 90 * day);
    CHECK(signs(each));
  }
}

TEST_CASE_FIXTURE(keeper_fixture, "what is due is renewed at the start") {
  start();
  const auto id = make();
  stop();
  authority.now += 100 * day;
  start();
  CHECK(leaf_of(id).not_before() == authority.now);
  CHECK(notes.back() == "rotated the TLS key " + id);
}

TEST_CASE_FIXTURE(keeper_fixture, "a broken file is told of, and no key of others is lost") {
  start();
  const auto id = make("sw");
  const auto broken = make("sw");
  stop();
  REQUIRE(
    files::write(keys_folder() / (broken + ".json"), troth::to_bytes("{}"), files::access::owner));
  start();
  CHECK(signs(id));
  CHECK(code_of(signing(broken)) == errc::not_found);
  CHECK(std::ranges::any_of(notes, [&](const auto& each) {
    return each.find(broken + ".json is refused: missing") != std::string::npos;
  }));
}

TEST_SUITE_END();
