#include "actors/driver.hpp"

#include "shared/protocol/error.hpp"
#include "tests/support/actor_fixture.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>

using namespace troth;
using testing::somebody;
using namespace std::chrono_literals;

namespace {

/// An anchor that does as the test says.
struct fake_anchor final : device::anchor {
  result<report::collateral> collateral() override { return logs; }

  result<report::evidence> evidence(byte_view nonce) override {
    if (!quote)
      return quote.error();
    auto out = *quote;
    out.body = copy(nonce);
    return out;
  }

  result<report::component> measure(const report::component& container) override {
    if (container.name == "unwanted")
      return error{errc::conflict, "event.hashes"};
    auto event = container;
    event.type = "application";
    return event;
  }

  result<device::key_blob> make_tls_key(crypto::key_kind kind) override {
    if (!makes_keys)
      return anchor::make_tls_key(kind);
    return device::key_blob{to_bytes(name(kind)), to_bytes("private")};
  }

  result<device::signed_certification> certify_tls_key(const device::key_blob& key,
                                                       byte_view nonce) override {
    if (!makes_keys)
      return anchor::certify_tls_key(key, nonce);
    if (to_text(key.private_area) != "private")
      return error{errc::conflict, "of another TPM"};
    return device::signed_certification{copy(nonce), key.public_area};
  }

  result<bytes> sign(const device::key_blob& key, const digest& of) override {
    if (!makes_keys)
      return anchor::sign(key, of);
    return to_bytes(to_text(key.public_area) + ' ' + std::string{name(of.algorithm())} + ' '
                    + to_text(of.view()));
  }

  result<void> check() override {
    if (!is_certified)
      return error{errc::unavailable, "not certified"};
    return {};
  }

  result<std::optional<device::certification_request>>
  wanted_certification(device::renewal when) override {
    if (is_certified && when == device::renewal::when_due)
      return std::optional<device::certification_request>{};
    return std::optional{
      device::certification_request{to_bytes("cert"), to_bytes("ek"), to_bytes("ak")}};
  }

  result<void> certify(const device::certification& answer) override {
    if (to_text(answer.id_object) != "for ak")
      return error{errc::conflict, "of another TPM"};
    is_certified = true;
    return {};
  }

  bool is_certified = false;
  bool makes_keys = false;
  result<report::collateral> logs = report::collateral{"TPM Evidence", {}, {}, {}};
  result<report::evidence> quote = report::evidence{"TPM Evidence", {}, {}, to_bytes("signature")};
};

struct driver_fixture : testing::actor_fixture {
  std::shared_ptr<fake_anchor> anchor = std::make_shared<fake_anchor>();
  std::shared_ptr<fake_anchor> second; ///< Behind it; null: there is none.
  std::vector<protocol::enrol_request> enrolments;
  result<protocol::enrol_response> answer = protocol::enrol_response{"for ak", "secret",
                                                                     "certificates"};
  std::vector<protocol::request_context> behalf; ///< On whose was asked for them.
  std::vector<std::string> notes;
  std::vector<protocol::request_context> noted;
  std::vector<std::string> told;
  // An argument, since CAF dereferences those that are not there.
  protocol::est_actor est = system.spawn(
    [](protocol::est_actor::pointer, driver_fixture* test) { return test->est_behavior(); }, this);
  protocol::driver_actor driver;

  ~driver_fixture() {
    caf::anon_send_exit(driver, caf::exit_reason::kill);
    caf::anon_send_exit(est, caf::exit_reason::kill);
    scheduler.run();
  }

  protocol::est_actor::behavior_type est_behavior() {
    return {
      [](const protocol::hello& h) { return h; },
      [](protocol::ready_atom) { return protocol::readiness{}; },
      [](protocol::put_atom, const protocol::chunk&) {},
      [](protocol::get_atom, const std::string&, std::uint64_t) { return protocol::blob{}; },
      [this](protocol::enrol_atom, const protocol::enrol_request& request,
             const protocol::request_context& of) -> caf::result<protocol::enrol_response> {
        enrolments.push_back(request);
        behalf.push_back(of);
        if (!answer)
          return protocol::to_caf(answer.error());
        return *answer;
      },
      [](protocol::challenge_atom, const protocol::request_context&) {
        return protocol::challenge{};
      },
      [](protocol::enrol_atom, const protocol::key_enrol_request&,
         const protocol::request_context&) { return protocol::payload{}; },
      [](protocol::ca_atom, const protocol::request_context&) { return protocol::payload{}; },
      [](protocol::metadata_atom, const protocol::request_context&) {
        return std::vector<protocol::metadata_entry>{};
      },
      [](protocol::metadata_atom, const std::string&, const protocol::request_context&) {
        return protocol::payload{};
      },
      [](protocol::metadata_atom, const protocol::metadata_request&,
         const protocol::request_context&) { return protocol::payload{}; },
    };
  }

  void start() {
    const auto tell = [this](std::string_view what, std::string_view code,
                             const protocol::request_context& of) {
      told.push_back(std::string{what} + ' ' + std::string{code} + ' ' + of.id + ' ' + of.trace);
    };
    const auto note = [this](const std::string& what, const protocol::request_context& of) {
      notes.push_back(what);
      noted.push_back(of);
    };
    driver = actors::spawn_driver_shared(
      system,
      {{{protocol::protocol_major, 0, "driver", "tpm", "test"}, {"prover"}, {}, tell}, "machine"},
      {anchors(), est, [](std::size_t n) { return bytes(n, 1); }, note});
    scheduler.run();
  }

  std::vector<std::shared_ptr<device::anchor>> anchors() const {
    std::vector<std::shared_ptr<device::anchor>> out{anchor};
    if (second)
      out.push_back(second);
    return out;
  }

  protocol::readiness ready() {
    protocol::readiness out;
    ask(driver, protocol::ready_atom::value)
      .receive([&](const protocol::readiness& r) { out = r; },
               [](const caf::error& e) { FAIL(to_string(protocol::from_peer(e, "driver"))); });
    return out;
  }

  template <class T, class... Ts>
  result<T> answer_of(const Ts&... xs) {
    result<T> out = error{errc::internal, "no answer"};
    ask(driver, xs...)
      .receive([&](const T& given) { out = given; },
               [&](const caf::error& e) { out = protocol::from_caf(e).value(); });
    return out;
  }

  template <class... Ts>
  result<bytes> body_of(const Ts&... xs) {
    result<bytes> out = error{errc::internal, "no answer"};
    ask(driver, xs...)
      .receive([&](const protocol::payload& p) { out = protocol::to_bytes(p.body); },
               [&](const caf::error& e) { out = protocol::from_caf(e).value(); });
    return out;
  }
};

} // namespace

TEST_SUITE_BEGIN("actors/driver");

TEST_CASE_FIXTURE(driver_fixture, "a driver has its anchor certified at its start") {
  start();
  REQUIRE(enrolments.size() == 1);
  CHECK(enrolments[0].name == "machine");
  CHECK(enrolments[0].ek_certificate == "cert");
  CHECK(enrolments[0].ek_public == "ek");
  CHECK(enrolments[0].ak_public == "ak");
  CHECK(ready().is_ready);
  CHECK(notes == std::vector<std::string>{"the attestation key is certified"});
}

TEST_CASE_FIXTURE(driver_fixture, "a refused certification is asked for again, ever less often") {
  answer = error{errc::untrusted, "ek certificate"};
  start();
  for (const auto pause : {1s, 2s, 4s, 8s, 15s, 15s}) {
    const auto asked = enrolments.size();
    scheduler.advance_time(pause - 1ms);
    scheduler.run();
    CHECK(enrolments.size() == asked);
    scheduler.advance_time(1ms);
    scheduler.run();
    CHECK(enrolments.size() == asked + 1);
  }
  const auto readiness = ready();
  CHECK(!readiness.is_ready);
  CHECK(readiness.reasons == "unavailable: not certified; untrusted: ek certificate");
  CHECK(notes.size() == 1); // said once, not with each try
  answer = protocol::enrol_response{"for ak", "secret", "certificates"};
  scheduler.advance_time(15s);
  scheduler.run();
  CHECK(ready().is_ready);
}

TEST_CASE_FIXTURE(driver_fixture, "a certification that is for another anchor does not count") {
  answer = protocol::enrol_response{"for another", "secret", "certificates"};
  start();
  CHECK(!ready().is_ready);
  CHECK(ready().reasons.ends_with("conflict: of another TPM"));
}

TEST_CASE_FIXTURE(driver_fixture, "a certificate that is due for renewal is renewed") {
  start();
  CHECK(ready().is_ready);
  anchor->is_certified = false;
  scheduler.advance_time(15s);
  scheduler.run();
  CHECK(enrolments.size() == 2);
  CHECK(ready().is_ready);
}

TEST_CASE_FIXTURE(driver_fixture, "collateral and evidence travel as arrays in CBOR") {
  start();
  const auto collateral = body_of(protocol::collateral_atom::value, somebody);
  REQUIRE(collateral);
  const auto collaterals = report::parse_collaterals(*collateral);
  REQUIRE(collaterals);
  REQUIRE(collaterals->size() == 1);
  CHECK(collaterals->front().type == "TPM Evidence");
  const auto evidence = body_of(protocol::evidence_atom::value, protocol::blob{"nonce"}, somebody);
  REQUIRE(evidence);
  const auto evidences = report::parse_evidences(*evidence);
  REQUIRE(evidences);
  REQUIRE(evidences->size() == 1);
  CHECK(to_text(evidences->front().body) == "nonce");
}

TEST_CASE_FIXTURE(driver_fixture, "a driver of two anchors gives the evidence of both, in order") {
  second = std::make_shared<fake_anchor>();
  second->logs = report::collateral{"SNP Evidence", {}, {}, {}};
  second->quote = report::evidence{"SNP Evidence", {}, {}, to_bytes("signature")};
  second->is_certified = true;
  start();
  CHECK(enrolments.size() == 1);
  CHECK(ready().is_ready);
  const auto collaterals
    = report::parse_collaterals(*body_of(protocol::collateral_atom::value, somebody));
  REQUIRE(collaterals);
  REQUIRE(collaterals->size() == 2);
  CHECK(collaterals->front().type == "TPM Evidence");
  CHECK(collaterals->back().type == "SNP Evidence");
  const auto evidences = report::parse_evidences(
    *body_of(protocol::evidence_atom::value, protocol::blob{"nonce"}, somebody));
  REQUIRE(evidences);
  REQUIRE(evidences->size() == 2);
  CHECK(evidences->back().type == "SNP Evidence");
  CHECK(to_text(evidences->back().body) == "nonce");
}

TEST_CASE_FIXTURE(driver_fixture, "a driver of two anchors fails with either of them") {
  second = std::make_shared<fake_anchor>();
  second->is_certified = true;
  start();
  second->quote = error{errc::conflict, "moved on"};
  CHECK(body_of(protocol::evidence_atom::value, protocol::blob{"n"}, somebody).error().code
        == errc::conflict);
  second->logs = error{errc::unavailable, "gone"};
  CHECK(body_of(protocol::collateral_atom::value, somebody).error().code == errc::unavailable);
  second->is_certified = false;
  CHECK_FALSE(ready().is_ready);
  scheduler.advance_time(15s); // it is certified in its turn
  scheduler.run();
  CHECK(enrolments.size() == 2);
  CHECK(ready().is_ready);
}

TEST_CASE_FIXTURE(driver_fixture, "what the anchor refuses is refused with its code") {
  start();
  anchor->logs = error{errc::unavailable, "not certified"};
  anchor->quote = error{errc::conflict, "moved on"};
  CHECK(body_of(protocol::collateral_atom::value, somebody).error().code == errc::unavailable);
  CHECK(body_of(protocol::evidence_atom::value, protocol::blob{"n"}, somebody).error().code
        == errc::conflict);
}

TEST_CASE_FIXTURE(driver_fixture, "a container is measured by the anchor, and its event told") {
  start();
  report::component container;
  container.name = "a container";
  const auto body = body_of(protocol::measure_atom::value,
                            protocol::to_blob(report::write_component(container)), somebody);
  REQUIRE(body);
  const auto event = report::parse_component(*body);
  REQUIRE(event);
  CHECK(event->name == "a container");
  CHECK(event->type == "application");
  container.name = "unwanted";
  CHECK(body_of(protocol::measure_atom::value,
                protocol::to_blob(report::write_component(container)), somebody)
          .error()
          .code
        == errc::conflict);
  CHECK(body_of(protocol::measure_atom::value, protocol::blob{"none"}, somebody).error().code
        == errc::truncated);
}

TEST_CASE_FIXTURE(driver_fixture, "a key is certified again when that is wanted now") {
  const auto update = [&] {
    protocol::readiness out;
    ask(driver, protocol::update_atom::value, somebody)
      .receive([&](const protocol::readiness& r) { out = r; },
               [](const caf::error& e) { FAIL(to_string(protocol::from_peer(e, "driver"))); });
    return out;
  };
  start();
  REQUIRE(enrolments.size() == 1);
  CHECK(update().is_ready);
  CHECK(enrolments.size() == 2);
  answer = error{errc::untrusted, "ek certificate"};
  CHECK(update().reasons.find("ek certificate") != std::string::npos);
  CHECK(ready().is_ready); // the old certificate is good
}

TEST_CASE_FIXTURE(driver_fixture, "what comes of a request is told, on whose behalf it was asked") {
  start();
  REQUIRE(behalf.size() == 1); // its own
  CHECK(behalf[0].id == "0101010101010101");
  CHECK(noted.at(0).id == behalf[0].id);
  CHECK(told.empty());
  CHECK(body_of(protocol::collateral_atom::value, somebody));
  anchor->quote = error{errc::conflict, "moved on"};
  CHECK(!body_of(protocol::evidence_atom::value, protocol::blob{"n"}, somebody));
  ask(driver, protocol::update_atom::value, somebody);
  answer = error{errc::untrusted, "ek certificate"};
  ask(driver, protocol::update_atom::value, somebody);
  CHECK(told
        == std::vector<std::string>{"collateral ok id trace", "evidence conflict id trace",
                                    "update ok id trace", "update unavailable id trace"});
  REQUIRE(behalf.size() == 3);
  CHECK(behalf[2].id == "id");
  CHECK(behalf[2].trace == "trace");
  CHECK(noted.back().id == "id");
}

TEST_CASE_FIXTURE(driver_fixture,
                  "the first anchor that makes TLS keys makes, certifies and uses them") {
  second = std::make_shared<fake_anchor>();
  second->makes_keys = true;
  start();
  const auto key = answer_of<protocol::anchor_key>(protocol::make_key_atom::value,
                                                   std::string{"EC384"}, somebody);
  REQUIRE(key);
  CHECK(key->public_area == "P-384");
  CHECK(key->private_area == "private");
  const auto said = answer_of<protocol::key_certification>(protocol::certify_key_atom::value, *key,
                                                           protocol::blob{"nonce"}, somebody);
  REQUIRE(said);
  CHECK(said->attest == "nonce");
  CHECK(said->signature == "P-384");
  const auto signature = answer_of<protocol::blob>(protocol::sign_atom::value, *key,
                                                   std::string{"SHA-384"}, protocol::blob(48, 'd'),
                                                   somebody);
  REQUIRE(signature);
  CHECK(*signature == "P-384 SHA-384 " + std::string(48, 'd'));
  auto other = *key;
  other.private_area = "another";
  CHECK(answer_of<protocol::key_certification>(protocol::certify_key_atom::value, other,
                                               protocol::blob{"nonce"}, somebody)
          .error()
          .code
        == errc::conflict);
  CHECK(told
        == std::vector<std::string>{"make_key ok id trace", "certifykey ok id trace",
                                    "sign ok id trace", "certifykey conflict id trace"});
}

TEST_CASE_FIXTURE(driver_fixture, "a driver refuses what no TLS key is, or signs") {
  anchor->makes_keys = true;
  start();
  const auto made = [&](const std::string& algorithm) {
    return answer_of<protocol::anchor_key>(protocol::make_key_atom::value, algorithm, somebody);
  };
  for (const auto* algorithm : {"EC256", "EC384", "RSA2048", "RSA3072"})
    CHECK(made(algorithm));
  for (const auto* algorithm : {"", "ec256", "EC521", "RSA4096", "RSA1024"})
    CHECK(made(algorithm).error().code == errc::unsupported);
  const auto sign = [&](const std::string& hash, std::size_t size) {
    const auto signature = answer_of<protocol::blob>(protocol::sign_atom::value,
                                                     protocol::anchor_key{"p", "private"}, hash,
                                                     protocol::blob(size, 'd'), somebody);
    return signature ? errc{} : signature.error().code;
  };
  CHECK(sign("SHA-256", 32) == errc{});
  CHECK(sign("SHA-512", 64) == errc{});
  CHECK(sign("SHA-256", 31) == errc::malformed);
  CHECK(sign("SHA-384", 32) == errc::malformed);
  for (const auto* hash : {"SHA-1", "sha256", "", "SHA3-256"})
    CHECK(sign(hash, 32) == errc::unsupported);
}

TEST_CASE_FIXTURE(driver_fixture, "a driver whose anchors make no TLS keys says so") {
  start();
  const protocol::anchor_key key{"p", "private"};
  CHECK(
    answer_of<protocol::anchor_key>(protocol::make_key_atom::value, std::string{"EC256"}, somebody)
      .error()
      .code
    == errc::unsupported);
  CHECK(answer_of<protocol::key_certification>(protocol::certify_key_atom::value, key,
                                               protocol::blob{"n"}, somebody)
          .error()
          .code
        == errc::unsupported);
  CHECK(answer_of<protocol::blob>(protocol::sign_atom::value, key, std::string{"SHA-256"},
                                  protocol::blob(32, 'd'), somebody)
          .error()
          .code
        == errc::unsupported);
}

TEST_SUITE_END();
