#include "shared/protocol/error.hpp"
#include "shared/protocol/interfaces.hpp"
#include "shared/protocol/untouched.hpp"

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <doctest/doctest.h>

#include <chrono>

// Calls each typed interface once across two actor systems: a type that is not
// registered, or not serializable, fails only there.

using namespace troth;
using namespace troth::protocol;
using namespace std::chrono_literals;

namespace {

struct config : caf::actor_system_config {
  config() {
    add_message_types<caf::id_block::troth>();
    load<caf::io::middleman>();
  }
};

/// What CAF takes for two processes, with one actor published and the other
/// system's handle to it.
template <class Handle>
struct link_fixture {
  config server_config;
  config client_config;
  caf::actor_system server{server_config};
  caf::actor_system client{client_config};
  caf::scoped_actor self{client};
  Handle published;
  Handle remote;

  void publish(Handle actor) {
    published = std::move(actor);
    const auto port = server.middleman().publish(published, 0, "127.0.0.1");
    REQUIRE(port);
    auto found = client.middleman().remote_actor<Handle>("127.0.0.1", *port);
    REQUIRE(found);
    remote = *std::move(found);
  }

  /// Returns what the remote actor answers.
  template <class T, class... Ts>
  T ask(const Ts&... xs) {
    T out;
    self->request(remote, 5s, xs...)
      .receive([&](const T& x) { out = x; },
               [](const caf::error& why) { FAIL(caf::to_string(why)); });
    return out;
  }

  ~link_fixture() { caf::anon_send_exit(published, caf::exit_reason::user_shutdown); }
};

const blob every_byte = [] {
  blob out;
  for (int n = 0; n < 256; ++n)
    out.push_back(static_cast<char>(n));
  return out;
}();

const request_context somebody{"id", "trace"};

void check(const request_context& of) {
  CHECK(of.id == somebody.id);
  CHECK(of.trace == somebody.trace);
}

// The fakes take an argument because CAF 0.17.6 dereferences a null pointer, harmlessly but
// not for UBSan, to spawn a function without any.

driver_actor::behavior_type fake_driver(const std::string& role) {
  return {
    [=](const hello& from) {
      return hello{from.major, 7, role, from.name, "troth-x 1"};
    },
    [](ready_atom) {
      return readiness{false, "tpm: gone"};
    },
    [](put_atom, const chunk& part) -> caf::result<void> {
      if (part.offset != 3 || part.total_bytes != 9 || part.transfer != "id")
        return to_caf({errc::malformed, "chunk"});
      return {};
    },
    [](get_atom, const std::string& id, std::uint64_t offset) -> caf::result<blob> {
      return id + std::to_string(offset);
    },
    [](collateral_atom, const request_context& of) {
      check(of);
      return payload{"application/cbor", every_byte, "id", 9};
    },
    [](evidence_atom, const blob& nonce, const request_context& of) {
      check(of);
      return payload{"application/cbor", nonce, {}, 256};
    },
    [](measure_atom, const blob& container, const request_context& of) {
      check(of);
      return payload{"application/cbor", container, {}, container.size()};
    },
    [](update_atom, const request_context& of) {
      check(of);
      return readiness{false, "est: gone"};
    },
    [](make_key_atom, const std::string& algorithm, const request_context& of) {
      check(of);
      return anchor_key{algorithm, every_byte};
    },
    [](certify_key_atom, const anchor_key& key, const blob& nonce, const request_context& of) {
      check(of);
      return key_certification{key.public_area + nonce, key.private_area};
    },
    [](sign_atom, const anchor_key& key, const std::string& hash, const blob& digest,
       const request_context& of) -> caf::result<blob> {
      check(of);
      return key.public_area + key.private_area + hash + digest;
    },
  };
}

/// The part of a fake that every published actor has.
template <class Handle, class... Fs>
typename Handle::behavior_type with_peer(const std::string& role, Fs... handlers) {
  return {
    [=](const hello&) {
      return hello{protocol_major, protocol_minor, role, {}, {}};
    },
    [](ready_atom) {
      return readiness{true, {}};
    },
    [](put_atom, const chunk&) -> caf::result<void> { return {}; },
    [](get_atom, const std::string&, std::uint64_t) { return blob{}; },
    handlers...,
  };
}

prover_actor::behavior_type fake_prover(const std::string& role) {
  return with_peer<prover_actor>(
    role,
    [](attest_atom, const attest_request& in, const request_context& of) {
      check(of);
      return payload{in.encoding + in.cached.at(1), in.nonce, {}, in.deadline_ms};
    },
    [](measure_atom, const blob& container, const request_context& of) {
      check(of);
      return payload{"application/cbor", container, {}, container.size()};
    },
    [](update_atom, const std::string& what, const request_context& of) {
      check(of);
      return readiness{false, what};
    },
    [](tls_keys_atom, const tls_key_request& in, const request_context& of) {
      check(of);
      return payload{in.action + in.kind + in.algorithm + in.hash + in.caller,
                     in.id + in.common_name + in.dns_names.at(0) + in.ip_addresses.at(0)
                       + in.digest,
                     {},
                     in.deadline_ms + (in.is_of_all ? 1 : 0)};
    });
}

verifier_actor::behavior_type fake_verifier(const std::string& role) {
  return with_peer<verifier_actor>(
    role,
    [](challenge_atom, const request_context& of) {
      check(of);
      return challenge{"id", every_byte, "2026-11-24T09:43:36Z"};
    },
    [](appraise_atom, const appraisal_request& in,
       const request_context& of) -> caf::result<payload> {
      check(of);
      if (in.challenge_id.empty())
        return to_caf({errc::no_challenge, "challengeId"});
      return payload{in.accept, in.report.body + in.nonce + in.roots, in.policy + in.time,
                     in.deadline_ms};
    },
    [](known_atom, const std::string& peer, const request_context& of) {
      check(of);
      return known_items{{peer}};
    },
    [](keys_atom, const request_context& of) {
      check(of);
      return payload{"application/jwk-set+json", "{}", {}, 2};
    },
    [](outcome_atom, const outcome_request& asked, const request_context& of) {
      check(of);
      const auto body = asked.action + asked.id + asked.digest + asked.outcome.body
                        + std::to_string(asked.until_ms);
      return payload{asked.outcome.media_type, body, {}, body.size()};
    },
    [](policies_atom, const request_context& of) {
      check(of);
      return payload{"application/json", "[]", {}, 2};
    },
    [](policies_atom, const policy_request& asked, const request_context& of) {
      check(of);
      const auto body = asked.action + asked.name + asked.version + asked.document + asked.author
                        + (asked.is_default ? "!" : "");
      return payload{"application/json", body, {}, body.size()};
    },
    [](references_atom, const request_context& of) {
      check(of);
      return payload{"references", {}, {}, 0};
    },
    [](references_atom, const reference_request& asked, const request_context& of) {
      check(of);
      return payload{
        asked.media_type, asked.action + asked.id + asked.document + asked.author, {}, 0};
    },
    [](anchors_atom, const request_context& of) {
      check(of);
      return payload{"anchors", {}, {}, 0};
    },
    [](collateral_atom, const request_context& of) {
      check(of);
      return payload{"collateral", {}, {}, 0};
    });
}

est_actor::behavior_type fake_est(const std::string& role) {
  return with_peer<est_actor>(
    role,
    [](enrol_atom, const enrol_request& in, const request_context& of) {
      check(of);
      return enrol_response{in.ek_certificate, in.ek_public, in.ak_public + in.name};
    },
    [](challenge_atom, const request_context& of) {
      check(of);
      return challenge{"id", every_byte, "2026-11-24T09:43:36Z"};
    },
    [](enrol_atom, const key_enrol_request& in, const request_context& of) {
      check(of);
      return payload{in.report.media_type,
                     in.challenge_id + in.csr + in.report.body + in.public_area + in.of.attest
                       + in.of.signature,
                     {},
                     0};
    },
    [](ca_atom, const request_context& of) {
      check(of);
      return payload{"x", "ca", {}, 2};
    },
    [](metadata_atom, const request_context& of) {
      check(of);
      return std::vector<metadata_entry>{{"00", "a", "application/jose", 1}, {"01", "b", "", 2}};
    },
    [](metadata_atom, const std::string& digest, const request_context& of) {
      check(of);
      return payload{"x", digest, {}, 1};
    },
    [](metadata_atom, const metadata_request& asked, const request_context& of) {
      check(of);
      return payload{
        asked.item.media_type, asked.action + asked.digest + asked.item.body + asked.author, {}, 0};
    });
}

} // namespace

TEST_SUITE_BEGIN("protocol/remote");

TEST_CASE_FIXTURE(link_fixture<driver_actor>, "a driver is called across processes") {
  publish(server.spawn(fake_driver, role::driver));
  const auto greeting = ask<hello>(hello{1, 2, role::prover, "p", "b"});
  CHECK(greeting.minor == 7);
  CHECK(greeting.role == role::driver);
  CHECK(greeting.name == "p");
  CHECK(ask<readiness>(ready_atom_v).reasons == "tpm: gone");
  self->request(remote, 5s, put_atom_v, chunk{"id", 3, 9, every_byte})
    .receive([] {}, [](const caf::error& why) { FAIL(caf::to_string(why)); });
  CHECK(ask<blob>(get_atom_v, std::string{"id"}, std::uint64_t{5}) == "id5");
  const auto collateral = ask<payload>(collateral_atom_v, somebody);
  CHECK(collateral.media_type == "application/cbor");
  CHECK(collateral.body == every_byte);
  CHECK(collateral.transfer == "id");
  CHECK(collateral.size_bytes == 9);
  CHECK(ask<payload>(evidence_atom_v, every_byte, somebody).body == every_byte);
  CHECK(ask<payload>(measure_atom_v, every_byte, somebody).body == every_byte);
  CHECK(ask<readiness>(update_atom_v, somebody).reasons == "est: gone");
  const auto key = ask<anchor_key>(make_key_atom_v, std::string{"EC256"}, somebody);
  CHECK(key.public_area == "EC256");
  CHECK(key.private_area == every_byte);
  const auto certified = ask<key_certification>(certify_key_atom_v, key, blob{"n"}, somebody);
  CHECK(certified.attest == "EC256n");
  CHECK(certified.signature == every_byte);
  CHECK(ask<blob>(sign_atom_v, key, std::string{"SHA-256"}, blob{"d"}, somebody)
        == "EC256" + every_byte + "SHA-256d");
}

TEST_CASE_FIXTURE(link_fixture<prover_actor>, "a prover is called across processes") {
  publish(server.spawn(fake_prover, role::prover));
  const auto report = ask<payload>(attest_atom_v, attest_request{every_byte, "cbor", {"a", "b"}, 5},
                                   somebody);
  CHECK(report.media_type == "cborb");
  CHECK(report.body == every_byte);
  CHECK(report.size_bytes == 5);
  CHECK(ask<payload>(measure_atom_v, every_byte, somebody).body == every_byte);
  CHECK(ask<readiness>(update_atom_v, std::string{"metadata"}, somebody).reasons == "metadata");
  const auto key = ask<payload>(
    tls_keys_atom_v,
    tls_key_request{"a", "i", "k", "l", "c", {"d"}, {"p"}, "h", every_byte, "w", true, 5},
    somebody);
  CHECK(key.media_type == "aklhw");
  CHECK(key.body == "icdp" + every_byte);
  CHECK(key.size_bytes == 6);
}

TEST_CASE_FIXTURE(link_fixture<verifier_actor>, "a verifier is called across processes") {
  publish(server.spawn(fake_verifier, role::verifier));
  const auto fresh = ask<challenge>(challenge_atom_v, somebody);
  CHECK(fresh.id == "id");
  CHECK(fresh.nonce == every_byte);
  CHECK(fresh.expires == "2026-11-24T09:43:36Z");
  const appraisal_request request{
    {{}, "report", {}, 6}, "id", "nonce", "p", "roots", "t", "a", 8, {}};
  const auto result = ask<payload>(appraise_atom_v, request, somebody);
  CHECK(ask<payload>(references_atom_v, somebody).media_type == "references");
  CHECK(ask<payload>(anchors_atom_v, somebody).media_type == "anchors");
  CHECK(ask<payload>(collateral_atom_v, somebody).media_type == "collateral");
  const auto managed = ask<payload>(references_atom_v,
                                    reference_request{"add", "id", "t", every_byte, "me"},
                                    somebody);
  CHECK(managed.media_type == "t");
  CHECK(managed.body == "addid" + every_byte + "me");
  CHECK(result.media_type == "a");
  CHECK(result.body == "reportnonceroots");
  CHECK(result.transfer == "pt");
  CHECK(result.size_bytes == 8);
}

TEST_CASE_FIXTURE(link_fixture<est_actor>, "an EST server is called across processes") {
  publish(server.spawn(fake_est, role::est));
  const auto enrolled = ask<enrol_response>(enrol_atom_v, enrol_request{"n", every_byte, "e", "a"},
                                            somebody);
  CHECK(enrolled.credential_blob == every_byte);
  CHECK(enrolled.encrypted_secret == "e");
  CHECK(enrolled.sealed_certificates == "an");
  CHECK(ask<challenge>(challenge_atom_v, somebody).nonce == every_byte);
  const auto certified = ask<payload>(
    enrol_atom_v, key_enrol_request{"i", every_byte, {"m", "r", {}, 1}, "p", {"a", "s"}}, somebody);
  CHECK(certified.media_type == "m");
  CHECK(certified.body == "i" + every_byte + "rpas");
  CHECK(ask<payload>(ca_atom_v, somebody).body == "ca");
  const auto entries = ask<std::vector<metadata_entry>>(metadata_atom_v, somebody);
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].media_type == "application/jose");
  CHECK(entries[1].digest == "01");
  CHECK(entries[1].name == "b");
  CHECK(entries[1].size_bytes == 2);
  CHECK(ask<payload>(metadata_atom_v, std::string{"00"}, somebody).body == "00");
  const auto managed = ask<payload>(metadata_atom_v,
                                    metadata_request{"add", "00", {"t", "item", {}, 4}, "me"},
                                    somebody);
  CHECK(managed.media_type == "t");
  CHECK(managed.body == "add00itemme");
}

TEST_CASE_FIXTURE(link_fixture<verifier_actor>, "an error keeps its code and its place") {
  publish(server.spawn(fake_verifier, role::verifier));
  self->request(remote, 5s, appraise_atom_v, appraisal_request{}, somebody)
    .receive([](const payload&) { FAIL("a result"); },
             [](const caf::error& e) {
               const auto why = from_caf(e);
               REQUIRE(why.has_value());
               CHECK(why->code == errc::no_challenge);
               CHECK(why->where == "challengeId");
             });
}

TEST_CASE_FIXTURE(link_fixture<verifier_actor>, "what an actor ends with reaches who watches it") {
  publish(server.spawn(fake_verifier, role::verifier));
  self->monitor(remote);
  ask<challenge>(challenge_atom_v, somebody); // comes after what asks to be told
  caf::scoped_actor owner{server};
  owner->send_exit(published, untouched());
  bool is_told = false;
  self->receive([&](const caf::down_msg& down) { is_told = is_untouched(down.reason); },
                caf::after(5s) >> [] { FAIL("nothing is heard of its end"); });
  CHECK(is_told);
}

TEST_SUITE_END();
