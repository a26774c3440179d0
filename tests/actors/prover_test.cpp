#include "actors/prover.hpp"

#include "shared/crypto/hash.hpp"
#include "shared/protocol/error.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/signed_metadata.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>

#include <array>

using namespace troth;
using testing::somebody;
using namespace std::chrono_literals;

namespace {

constexpr const char* status_server = "https://status.example/omsp";

struct prover_fixture : testing::actor_fixture {
  testing::temporary_folder folder;
  time_point now{std::chrono::hours{24 * 365 * 50}};
  std::vector<std::string> notes;
  std::vector<std::string> told;
  std::vector<std::string> behalf; ///< What driver and EST server were asked, and on whose.
  std::vector<protocol::request_context>
    lists; ///< Of metadata: on whose behalf each was asked for.
  std::vector<protocol::request_context> noted; ///< As notes, but for those of the caches.
  std::map<std::string, bytes> items;           // that est has, by digest
  bool est_is_there = true;
  int conflicts = 0; // that the driver still answers with
  int absences = 0;  // likewise
  bool driver_is_ready = true;
  bool driver_answers = true;
  int updates = 0; // that the driver was asked for
  std::optional<std::size_t> container_driver;
  std::vector<protocol::blob> nonces; // that the driver signed
  std::vector<caf::response_promise> unanswered;
  std::vector<caf::response_promise> put_off; // that the driver answers when it is asked again

  // With arguments, since CAF dereferences those that are not there.
  protocol::driver_actor driver
    = system.spawn([](protocol::driver_actor::pointer me,
                      prover_fixture* test) { return test->driver_behavior(me); },
                   this);
  protocol::est_actor est = system.spawn(
    [](protocol::est_actor::pointer, prover_fixture* test) { return test->est_behavior(); }, this);
  protocol::prover_actor prover;
  actors::status_client_actor status_client; // none, unless a test has one
  bool has_keeper = false;
  actors::report_maker_actor reports; ///< As the keeper of TLS keys has it.
  actors::key_keeper_actor keeper;

  ~prover_fixture() {
    unanswered.clear();
    reports = nullptr;
    for (const auto& actor : {caf::actor_cast<caf::actor>(driver), caf::actor_cast<caf::actor>(est),
                              caf::actor_cast<caf::actor>(prover)})
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    if (status_client)
      caf::anon_send_exit(caf::actor_cast<caf::actor>(status_client), caf::exit_reason::kill);
    scheduler.run();
  }

  protocol::driver_actor::behavior_type driver_behavior(protocol::driver_actor::pointer me) {
    return {
      [](const protocol::hello& h) { return h; },
      [this](protocol::ready_atom) {
        return protocol::readiness{driver_is_ready, driver_is_ready ? "" : "no certificate"};
      },
      [](protocol::put_atom, const protocol::chunk&) {},
      [](protocol::get_atom, const std::string&, std::uint64_t) { return protocol::blob{}; },
      [this, me](protocol::collateral_atom,
                 const protocol::request_context& of) -> caf::result<protocol::payload> {
        behalf.push_back("collateral " + of.id + ' ' + of.trace);
        if (absences > 0) {
          --absences;
          return protocol::to_caf({errc::unavailable, "none is connected"});
        }
        if (!driver_answers) {
          unanswered.push_back(me->make_response_promise());
          return unanswered.back();
        }
        const std::array all{report::collateral{"TPM Evidence", {}, {}, {}}};
        for (auto& each : std::exchange(put_off, {}))
          each.deliver(payload_of(report::write_collaterals(all)));
        return payload_of(report::write_collaterals(all));
      },
      [this](protocol::evidence_atom, const protocol::blob& nonce,
             const protocol::request_context& of) -> caf::result<protocol::payload> {
        behalf.push_back("evidence " + of.id + ' ' + of.trace);
        if (conflicts > 0) {
          --conflicts;
          return protocol::to_caf({errc::conflict, "moved on"});
        }
        nonces.push_back(nonce);
        const std::array all{report::evidence{"TPM Evidence", to_bytes("signed"), {}, {}}};
        return payload_of(report::write_evidences(all));
      },
      [this](protocol::measure_atom, const protocol::blob& container,
             const protocol::request_context& of) {
        behalf.push_back("measure " + of.id + ' ' + of.trace);
        return payload_of(protocol::to_bytes(container));
      },
      [this](protocol::update_atom, const protocol::request_context& of) {
        behalf.push_back("update " + of.id + ' ' + of.trace);
        ++updates;
        return protocol::readiness{true, {}};
      },
      [](protocol::make_key_atom, const std::string&, const protocol::request_context&) {
        return protocol::anchor_key{};
      },
      [](protocol::certify_key_atom, const protocol::anchor_key&, const protocol::blob&,
         const protocol::request_context&) { return protocol::key_certification{}; },
      [](protocol::sign_atom, const protocol::anchor_key&, const std::string&,
         const protocol::blob&, const protocol::request_context&) { return protocol::blob{}; },
    };
  }

  protocol::est_actor::behavior_type est_behavior() {
    return {
      [](const protocol::hello& h) { return h; },
      [](protocol::ready_atom) { return protocol::readiness{}; },
      [](protocol::put_atom, const protocol::chunk&) {},
      [](protocol::get_atom, const std::string&, std::uint64_t) { return protocol::blob{}; },
      [](protocol::enrol_atom, const protocol::enrol_request&, const protocol::request_context&) {
        return protocol::enrol_response{};
      },
      [](protocol::challenge_atom, const protocol::request_context&) {
        return protocol::challenge{};
      },
      [](protocol::enrol_atom, const protocol::key_enrol_request&,
         const protocol::request_context&) { return protocol::payload{}; },
      [](protocol::ca_atom, const protocol::request_context&) { return protocol::payload{}; },
      [this](protocol::metadata_atom, const protocol::request_context& of)
        -> caf::result<std::vector<protocol::metadata_entry>> {
        lists.push_back(of);
        if (!est_is_there)
          return protocol::to_caf({errc::unavailable, "est"});
        std::vector<protocol::metadata_entry> out;
        for (const auto& [digest, content] : items)
          out.push_back({digest, "", "", content.size()});
        return out;
      },
      [this](protocol::metadata_atom, const std::string& digest,
             const protocol::request_context& of) {
        behalf.push_back("item " + of.id + ' ' + of.trace);
        return payload_of(items.at(digest));
      },
      [](protocol::metadata_atom, const protocol::metadata_request&,
         const protocol::request_context&) { return protocol::payload{}; },
    };
  }

  static protocol::payload payload_of(const bytes& body) {
    return {"application/cbor", protocol::to_blob(body), {}, body.size()};
  }

  void publish(const std::string& name, report::encoding as) {
    const auto content
      = testing::sign_metadata(testing::small_manifest(name, "2026-01-01T00:00:00Z"), as);
    items[attesting::read_signed_item(content)->digest] = content;
  }

  void start() {
    const auto note = [this](const std::string& what) { notes.push_back(what); };
    const auto note_of = [this](const std::string& what, const protocol::request_context& of) {
      notes.push_back(what);
      noted.push_back(of);
    };
    const auto tell = [this](std::string_view what, std::string_view code,
                             const protocol::request_context& of) {
      told.push_back(std::string{what} + ' ' + std::string{code} + ' ' + of.id + ' ' + of.trace);
    };
    prover = actors::spawn_prover_shared(
      system,
      {{{protocol::protocol_major, 0, "prover", "prover", "test"}, {"gateway"}, {}, tell},
       "machine",
       30s,
       5s,
       2,
       30s,
       container_driver},
      {{{"tpm driver", driver, false}},
       est,
       std::make_shared<actors::metadata_cache>(folder.path(), note),
       [this] { return now; },
       [](std::size_t n) { return bytes(n, 4); },
       note_of,
       has_keeper ? spawn_keeper() : nullptr,
       status_client,
       {status_server},
       std::make_shared<actors::metadata_cache>(folder.path() / "status", note)});
    scheduler.run();
  }

  /// Returns what spawns a keeper that says what it is asked for.
  std::function<actors::key_keeper_actor(const actors::report_maker_actor&)> spawn_keeper() {
    return [this](const actors::report_maker_actor& by) {
      reports = by;
      keeper = system.spawn(
        [](actors::key_keeper_actor::pointer, int) -> actors::key_keeper_actor::behavior_type {
          return {[](protocol::tls_keys_atom, const protocol::tls_key_request& wanted,
                     const protocol::request_context& of) -> caf::result<protocol::payload> {
            if (wanted.action != protocol::tls_key_action::list)
              return protocol::to_caf({errc::not_found, "TLS key"});
            return protocol::payload{"application/json", wanted.caller + ' ' + of.id, {}, 0};
          }};
        },
        0);
      return keeper;
    };
  }

  result<protocol::blob> use_keys(const std::string& action) {
    protocol::tls_key_request wanted;
    wanted.action = action;
    wanted.caller = "somebody";
    result<protocol::blob> out = error{errc::internal, "no answer"};
    ask(prover, protocol::tls_keys_atom::value, wanted, somebody)
      .receive(
        [&](const protocol::payload& p) {
          CHECK(p.size_bytes == p.body.size());
          out = p.body;
        },
        [&](const caf::error& e) { out = protocol::from_caf(e).value(); });
    return out;
  }

  protocol::attest_request request(const std::string& encoding = "json") const {
    return {protocol::blob(32, 'n'), encoding, {}, 0};
  }

  result<report::report> attest(const protocol::attest_request& wanted) {
    result<report::report> out = error{errc::internal, "no answer"};
    ask(prover, protocol::attest_atom::value, wanted, somebody)
      .receive(
        [&](const protocol::payload& p) {
          CHECK(p.media_type == "application/" + wanted.encoding);
          out = report::parse_report(protocol::to_bytes(p.body));
        },
        [&](const caf::error& e) { out = protocol::from_caf(e).value(); });
    return out;
  }

  result<protocol::blob> measure() {
    result<protocol::blob> out = error{errc::internal, "no answer"};
    ask(prover, protocol::measure_atom::value, protocol::blob{"a container"}, somebody)
      .receive([&](const protocol::payload& p) { out = p.body; },
               [&](const caf::error& e) { out = protocol::from_caf(e).value(); });
    return out;
  }

  result<protocol::readiness> update(const std::string& what) {
    result<protocol::readiness> out = error{errc::internal, "no answer"};
    ask(prover, protocol::update_atom::value, what, somebody)
      .receive([&](const protocol::readiness& r) { out = r; },
               [&](const caf::error& e) { out = protocol::from_caf(e).value(); });
    return out;
  }

  protocol::readiness ready() {
    protocol::readiness out;
    ask(prover, protocol::ready_atom::value)
      .receive([&](const protocol::readiness& r) { out = r; },
               [](const caf::error&) { FAIL("no answer"); });
    return out;
  }
};

} // namespace

TEST_SUITE_BEGIN("actors/prover");

TEST_CASE_FIXTURE(
  prover_fixture,
  "a report has the nonce, the metadata in its encoding, and evidence over its context") {
  for (const auto as : {report::encoding::json, report::encoding::cbor})
    publish("os", as);
  start();
  for (const auto* encoding : {"json", "cbor"}) {
    const auto report = attest(request(encoding));
    REQUIRE(report);
    CHECK(report->name == "machine");
    CHECK(report->claims.nonce == bytes(32, 'n'));
    CHECK(report->claims.hash_name == "SHA-256");
    CHECK(report->claims.collaterals.size() == 1);
    CHECK(report->evidences.size() == 1);
    REQUIRE(report->claims.digests.size() == 1);
    const auto& digest = report->claims.digests[0];
    CHECK(report->claims.metadata.at(digest) == items.at(digest));
    CHECK((items.at(digest).front() == '{') == (std::string{encoding} == "json"));
    const auto hash = crypto::hash(hash_algorithm::sha256, report->context_bytes);
    CHECK(protocol::to_bytes(nonces.back()) == copy(hash.view()));
  }
}

TEST_CASE_FIXTURE(prover_fixture, "what came of each request is told, with its context") {
  container_driver = 0;
  start();
  told.clear();
  auto wanted = request();
  CHECK(attest(wanted));
  wanted.encoding = "xml";
  CHECK(!attest(wanted));
  CHECK(measure());
  CHECK(update("metadata"));
  CHECK(update("certificates"));
  est_is_there = false;
  CHECK(update("metadata"));
  CHECK(!update("anything"));
  CHECK(told
        == std::vector<std::string>{"attest ok id trace", "attest malformed id trace",
                                    "measure ok id trace", "update ok id trace",
                                    "update ok id trace", "update unavailable id trace",
                                    "update not_found id trace"});
}

TEST_CASE_FIXTURE(prover_fixture, "the context of a request goes on to driver and EST server") {
  container_driver = 0;
  start();
  publish("os", report::encoding::json);
  CHECK(attest(request()));
  CHECK(measure());
  CHECK(update("certificates"));
  CHECK(update("metadata"));
  CHECK(behalf
        == std::vector<std::string>{"collateral id trace", "evidence id trace", "measure id trace",
                                    "update id trace", "item id trace"});
  CHECK(lists.back().id == "id");
  CHECK(lists.back().trace == "trace");
}

TEST_CASE_FIXTURE(prover_fixture, "what a prover looks for by itself has an id of its own") {
  est_is_there = false;
  start();
  REQUIRE(lists.size() == 1);
  CHECK(lists[0].id == "0404040404040404");
  CHECK(lists[0].trace == "00-04040404040404040404040404040404-0404040404040404-00");
  REQUIRE(noted.size() == 1);
  CHECK(noted[0].id == lists[0].id);
}

TEST_CASE_FIXTURE(prover_fixture, "told to stop it finishes what it has begun") {
  container_driver = 0;
  start();
  caf::error end;
  prover->attach_functor([&](const caf::error& why) { end = why; });
  driver_answers = false;
  auto first = self->request(prover, caf::infinite, protocol::attest_atom::value, request(),
                             somebody);
  scheduler.run();
  caf::anon_send_exit(prover, caf::exit_reason::user_shutdown);
  scheduler.run();
  CHECK_FALSE(end);
  using protocol::payload;
  bool is_refused = false;
  ask(prover, protocol::measure_atom::value, protocol::blob{"c"}, somebody)
    .receive([](const payload&) {},
             [&](const caf::error& why) { is_refused = protocol::is_untouched(why); });
  CHECK(is_refused);
  driver_answers = true;
  put_off = std::exchange(unanswered, {});
  ask(driver, protocol::collateral_atom::value, somebody)
    .receive([](const payload&) {}, [](const caf::error&) { FAIL("no answer"); });
  scheduler.run();
  bool is_served = false;
  first.receive([&](const payload&) { is_served = true; }, [](const caf::error&) {});
  CHECK(is_served);
  CHECK(protocol::is_untouched(end));
}

TEST_CASE_FIXTURE(prover_fixture, "an item that the relying party has is named and left out") {
  publish("os", report::encoding::json);
  start();
  auto wanted = request();
  wanted.cached = {items.begin()->first};
  const auto report = attest(wanted);
  REQUIRE(report);
  CHECK(report->claims.digests == wanted.cached);
  CHECK(report->claims.metadata.empty());
}

TEST_CASE_FIXTURE(prover_fixture,
                  "new metadata is fetched by itself, and serves when est is away") {
  start();
  CHECK(attest(request())->claims.digests.empty());
  publish("os", report::encoding::json);
  scheduler.advance_time(30s);
  scheduler.run();
  CHECK(attest(request())->claims.digests.size() == 1);
  est_is_there = false;
  scheduler.advance_time(30s);
  scheduler.run();
  CHECK(attest(request())->claims.digests.size() == 1);
  CHECK(notes.back() == "metadata could not be refreshed: unavailable: est");
  caf::anon_send_exit(prover, caf::exit_reason::kill);
  scheduler.run();
  start(); // again, from what the folder has
  CHECK(attest(request())->claims.digests.size() == 1);
}

TEST_CASE_FIXTURE(prover_fixture, "a machine that measures meanwhile is asked again") {
  start();
  conflicts = 2;
  CHECK(attest(request()));
  conflicts = 3;
  CHECK(attest(request()).error().code == errc::unavailable);
}

TEST_CASE_FIXTURE(prover_fixture,
                  "a driver that is lost is unavailable by name, and the next request is served") {
  start();
  driver_answers = false;
  auto first = self->request(prover, caf::infinite, protocol::attest_atom::value, request(),
                             somebody);
  auto second = self->request(prover, caf::infinite, protocol::attest_atom::value, request(),
                              somebody);
  scheduler.run();
  driver_answers = true;
  scheduler.advance_time(30s); // the first driver request is over
  scheduler.run();
  error why{errc::internal, {}};
  first.receive([](const protocol::payload&) { FAIL("a report"); },
                [&](const caf::error& e) { why = protocol::from_caf(e).value(); });
  CHECK(why.code == errc::unavailable);
  CHECK(why.where.starts_with("tpm driver: timeout"));
  bool is_served = false;
  second.receive([&](const protocol::payload&) { is_served = true; }, [](const caf::error&) {});
  CHECK(is_served);
}

TEST_CASE_FIXTURE(prover_fixture,
                  "requests wait in a queue of limited length, and not beyond their deadline") {
  start();
  driver_answers = false;
  auto late = request();
  late.deadline_ms = static_cast<std::uint64_t>(
    std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() + 1000);
  auto first = self->request(prover, caf::infinite, protocol::attest_atom::value, request(),
                             somebody);
  auto second = self->request(prover, caf::infinite, protocol::attest_atom::value, late, somebody);
  auto third = self->request(prover, caf::infinite, protocol::attest_atom::value, request(),
                             somebody);
  scheduler.run();
  CHECK(attest(request()).error().code == errc::exhausted);
  driver_answers = true;
  now += 2s;
  scheduler.advance_time(30s); // the first driver request is over
  scheduler.run();
  std::vector<errc> codes;
  const auto note = [&](const caf::error& e) { codes.push_back(protocol::from_caf(e)->code); };
  first.receive([](const protocol::payload&) {}, note);
  second.receive([](const protocol::payload&) {}, note);
  third.receive([](const protocol::payload&) {}, note);
  CHECK(codes == std::vector{errc::unavailable, errc::timeout});
}

TEST_CASE_FIXTURE(prover_fixture,
                  "a driver that is away for a moment is waited for, within limits") {
  start();
  absences = 3;
  auto patient = self->request(prover, caf::infinite, protocol::attest_atom::value, request(),
                               somebody);
  for (int i = 0; i < 3; ++i) {
    scheduler.run();
    scheduler.advance_time(100ms);
    now += 100ms;
  }
  scheduler.run();
  bool is_served = false;
  patient.receive([&](const protocol::payload&) { is_served = true; }, [](const caf::error&) {});
  CHECK(is_served);
  CHECK(absences == 0);

  absences = 1000;
  auto late = self->request(prover, caf::infinite, protocol::attest_atom::value, request(),
                            somebody);
  scheduler.run();
  now += 5s;
  scheduler.advance_time(100ms);
  scheduler.run();
  errc code{};
  late.receive([](const protocol::payload&) {},
               [&](const caf::error& e) { code = protocol::from_caf(e)->code; });
  CHECK(code == errc::unavailable);
  CHECK(absences == 998);
}

TEST_CASE_FIXTURE(prover_fixture, "a wish that cannot be met is refused at once") {
  start();
  auto wanted = request("xml");
  CHECK(attest(wanted).error().code == errc::malformed);
  wanted = request();
  wanted.nonce = "short";
  CHECK(attest(wanted).error().code == errc::malformed);
  CHECK(nonces.empty());
}

TEST_CASE_FIXTURE(prover_fixture,
                  "a prover is ready when its drivers are and it has asked for metadata") {
  start();
  CHECK(ready().is_ready);
  driver_is_ready = false;
  CHECK(ready().reasons == "tpm driver: no certificate");
  driver_is_ready = true;
  caf::anon_send_exit(prover, caf::exit_reason::kill);
  scheduler.run();
  est_is_there = false;
  start();
  CHECK(ready().reasons == "metadata: unavailable: est");
}

TEST_CASE_FIXTURE(prover_fixture, "the status of a manifest is stapled to each report") {
  auto manifest = testing::small_manifest("os", "2026-01-01T00:00:00Z");
  manifest.omsp_server = status_server;
  const auto content = testing::sign_metadata(manifest, report::encoding::json);
  const auto digest = attesting::read_signed_item(content)->digest;
  items[digest] = content;
  report::omsp_response status;
  status.server = status_server;
  status.produced_at = now;
  status.responses = {{digest, report::manifest_status::good, now, now + 1h, {}, {}}};
  const auto answer = testing::sign_metadata(status, report::encoding::json);
  status_client = system.spawn(
    [](actors::status_client_actor::pointer,
       const bytes* said) -> actors::status_client_actor::behavior_type {
      return {[said](actors::status_atom, const std::string& url, const protocol::blob&,
                     const protocol::request_context& of) {
        CHECK(of.id == "0404040404040404"); // the prover's own
        CHECK(url == status_server);
        return protocol::to_blob(*said);
      }};
    },
    &answer);
  start();
  const auto report = attest(request());
  REQUIRE(report);
  REQUIRE(report->claims.digests.size() == 2);
  CHECK(report->claims.metadata.at(digest) == content);
  CHECK(report->claims.metadata.at(attesting::read_signed_item(answer)->digest) == answer);
}

TEST_CASE_FIXTURE(prover_fixture, "a container goes to the driver that measures containers") {
  start();
  CHECK(measure().error().code == errc::not_found);
  caf::anon_send_exit(prover, caf::exit_reason::kill);
  container_driver = 0;
  start();
  const auto event = measure();
  REQUIRE(event);
  CHECK(*event == "a container");
}

TEST_CASE_FIXTURE(prover_fixture, "what there is is fetched when that is asked for") {
  start();
  publish("os", report::encoding::json);
  CHECK(attest(request())->claims.digests.empty()); // the next look is not due
  CHECK(update("metadata")->is_ready);
  CHECK(attest(request())->claims.digests.size() == 1);
  est_is_there = false;
  CHECK(!update("metadata")->is_ready);
  CHECK(update("certificates")->is_ready);
  CHECK(updates == 1);
  CHECK(update("anything").error().code == errc::not_found);
}

TEST_CASE_FIXTURE(prover_fixture, "what is asked of TLS keys, their keeper answers") {
  has_keeper = true;
  start();
  told.clear();
  const auto list = use_keys(protocol::tls_key_action::list);
  REQUIRE(list);
  CHECK(*list == "somebody id");
  CHECK(use_keys(protocol::tls_key_action::sign).error().code == errc::not_found);
  CHECK(told == std::vector<std::string>{"tls_keys ok id trace", "tls_keys not_found id trace"});
}

TEST_CASE_FIXTURE(prover_fixture, "a prover without a keeper of TLS keys says so") {
  start();
  CHECK(use_keys(protocol::tls_key_action::list).error().code == errc::unsupported);
}

TEST_CASE_FIXTURE(prover_fixture,
                  "the keeper of TLS keys has reports made as anybody, and ends with the prover") {
  has_keeper = true;
  start();
  result<report::report> report = error{errc::internal, "no answer"};
  ask(reports, actors::report_atom::value, request("cbor"), somebody)
    .receive(
      [&](const protocol::payload& p) {
        CHECK(p.transfer.empty());
        report = report::parse_report(protocol::to_bytes(p.body));
      },
      [&](const caf::error& e) { report = protocol::from_caf(e).value(); });
  REQUIRE(report);
  CHECK(report->claims.nonce == bytes(32, 'n'));
  bool has_ended = false;
  keeper->attach_functor([&](const caf::error&) { has_ended = true; });
  reports = nullptr;
  caf::anon_send_exit(prover, caf::exit_reason::kill);
  scheduler.run();
  CHECK(has_ended);
}

TEST_SUITE_END();
