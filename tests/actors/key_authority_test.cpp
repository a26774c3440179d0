#include "actors/key_authority.hpp"

#include "shared/files/files.hpp"
#include "tests/support/enrolling_machine.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <utility>

using namespace troth;
using namespace troth::testing;

namespace {

struct authority_fixture : enrolling_machine {
  using request = protocol::key_enrol_request;

  /// Runs a whole enrolment; `spoil` changes what the machine sends.
  result<std::string> enrol(const std::function<void(request&)>& spoil = {}) {
    auto authority = make_authority();
    auto sent = answer(*authority.give_challenge());
    if (spoil)
      spoil(sent);
    const auto nonce = authority.take_challenge(sent.challenge_id);
    if (!nonce)
      return nonce.error();
    const auto candidate = authority.examine(sent, protocol::to_bytes(sent.report.body), *nonce);
    if (!candidate)
      return candidate.error();
    return authority.certify(*candidate, verdict(sent.report.body, candidate->nonce));
  }

  errc code(const std::function<void(request&)>& spoil = {}) { return refusal(enrol(spoil)); }

  static void keep_in_file(request& sent) { enrolling_machine::keep_in_file(sent); }
};

constexpr auto not_refused = errc::internal;

} // namespace

TEST_SUITE_BEGIN("actors/key_authority");

TEST_CASE_FIXTURE(authority_fixture, "a good machine's TLS key is certified for TLS alone") {
  hosts = {"{machine}", "www.example"};
  addresses = {"192.0.2.0/24"};
  wants.extensions = {{NID_subject_alt_name, "DNS:machine,DNS:www.example,IP:192.0.2.7"}};
  const auto pem = enrol();
  REQUIRE(pem);
  const auto chain = *crypto::certificate::from_pem(*pem);
  REQUIRE(chain.size() == 2);
  CHECK(chain[1].der() == ca.certificate.der());
  const auto& leaf = chain[0];
  CHECK(leaf.key() == tls.key.public_half());
  CHECK(leaf.subject() == "CN=machine");
  CHECK(leaf.dns_names() == std::vector<std::string>{"machine", "www.example"});
  CHECK(leaf.ip_addresses() == std::vector<std::string>{"192.0.2.7"});
  CHECK(
    leaf.extended_key_usages()
    == std::vector{std::string{crypto::eku::server_auth}, std::string{crypto::eku::client_auth}});
  CHECK(!leaf.is_ca());
  CHECK(leaf.not_before() == now - std::chrono::minutes{5});
  CHECK(leaf.not_after() == now + std::chrono::hours{24 * 30});
  CHECK(
    crypto::verify_chain(leaf, {}, std::vector{ca.certificate}, {now, crypto::eku::server_auth}));
}

TEST_CASE_FIXTURE(authority_fixture,
                  "no certificate outlives its CA, and none comes of one that ended") {
  now = minted_until - std::chrono::hours{24};
  hosts = {"machine"}; // also when the CA of AKs has ended
  const auto pem = enrol();
  REQUIRE(pem);
  CHECK(crypto::certificate::from_pem(*pem)->front().not_after() == minted_until);
  now = minted_until;
  CHECK(code() == errc::expired);
  CHECK(refusal(make_authority().check()) == errc::expired);
}

TEST_CASE_FIXTURE(authority_fixture, "a key in a file is certified by the machine's report alone") {
  CHECK(code(keep_in_file) == not_refused);
  takes_software_keys = false;
  CHECK(code(keep_in_file) == errc::forbidden);
  CHECK(code() == not_refused);
}

TEST_CASE_FIXTURE(authority_fixture, "a part of a TPM's word is none") {
  CHECK(code([](request& sent) { sent.public_area.clear(); }) == errc::missing);
  CHECK(code([](request& sent) { sent.of.attest.clear(); }) == errc::missing);
  CHECK(code([](request& sent) { sent.of.signature.clear(); }) == errc::missing);
}

TEST_CASE_FIXTURE(authority_fixture, "a challenge is good once, for a while, where it was given") {
  auto authority = make_authority();
  const auto given = authority.give_challenge();
  REQUIRE(given);
  CHECK(given->id == "01010101010101010101010101010101");
  CHECK(given->nonce == protocol::blob(32, '\2'));
  CHECK(given->expires == "2026-06-01T00:05:00Z");
  REQUIRE(authority.take_challenge(given->id));
  CHECK(refusal(authority.take_challenge(given->id)) == errc::no_challenge);
  CHECK(refusal(authority.take_challenge("")) == errc::no_challenge);
  CHECK(refusal(make_authority().take_challenge(given->id)) == errc::no_challenge);
  const auto late = authority.give_challenge();
  now += std::chrono::minutes{5};
  CHECK(refusal(authority.take_challenge(late->id)) == errc::no_challenge);
}

TEST_CASE_FIXTURE(authority_fixture, "challenges are bounded, and those that expired make room") {
  auto authority = make_authority();
  for (std::size_t i = 0; i < max_challenges; ++i)
    REQUIRE(authority.give_challenge());
  CHECK(refusal(authority.give_challenge()) == errc::exhausted);
  now += std::chrono::minutes{5};
  CHECK(authority.give_challenge());
}

TEST_CASE_FIXTURE(authority_fixture, "a report for another challenge or another key is untrusted") {
  CHECK(code([this](request& sent) {
          from.nonce = bytes(32, 0x77);
          sent.report.body = protocol::to_blob(from.report());
        })
        == errc::untrusted);
  CHECK(code([this](request& sent) { // the certificate is for a key that the report is not of
          keep_in_file(sent);
          sent.csr = protocol::to_blob(mint_request(minted_tls_key{}.key, wants));
        })
        == errc::untrusted);
}

TEST_CASE_FIXTURE(authority_fixture,
                  "a machine that a verifier lets not pass gets no certificate") {
  from.logs[4].push_back(boot_event(4, "EV_EFI_ACTION", to_bytes("something else")));
  const auto refused = enrol();
  CHECK(refusal(refused) == errc::untrusted);
  CHECK(refused.error().where.starts_with("report: fail: "));
  CHECK(code(keep_in_file) == errc::untrusted);
}

TEST_CASE_FIXTURE(authority_fixture, "a TLS key is in the very TPM whose report it is") {
  const auto other_ak = minted(crypto::private_key::generate(crypto::key_kind::p256));
  CHECK(code([&](request& sent) {
          const auto statement = tls.certified(from.nonce, other_ak);
          sent.of.signature = protocol::to_blob(statement.signature);
        })
        == errc::bad_signature);
  CHECK(code([&](request& sent) { // a statement of before
          const auto old = tls.certified(bytes(32, 1), from.ak.key);
          sent.of = {protocol::to_blob(old.attest), protocol::to_blob(old.signature)};
        })
        == errc::untrusted);
  CHECK(code([&](request& sent) { // and of a key that is not the one to certify
          const auto other = minted_tls_key{}.certified(from.nonce, from.ak.key);
          sent.public_area = protocol::to_blob(other.public_area);
          sent.of = {protocol::to_blob(other.attest), protocol::to_blob(other.signature)};
        })
        == errc::untrusted);
  tls.area.attributes ^= 1U << 16; // restricted
  CHECK(code() == errc::malformed);
}

TEST_CASE_FIXTURE(authority_fixture,
                  "the certificate of an AK without its evidence vouches for nothing") {
  from.spoil_report = [](report::report& report) { report.evidences.clear(); };
  CHECK(code() == errc::missing);
  CHECK(code(keep_in_file) == errc::forbidden); // nobody says what it is called
  from.spoil_report = [](report::report& report) {
    report.evidences.push_back(report.evidences.front());
  };
  CHECK(code() == errc::missing);
  from.spoil_report = {};
  from.carries_ak = false;
  CHECK(code() == errc::missing);
}

TEST_CASE_FIXTURE(authority_fixture,
                  "a machine gets its own name only, and none that nobody vouches for") {
  for (const auto* name : {"other", "google.com", "machine.example"}) {
    CAPTURE(name);
    wants.extensions = {{NID_subject_alt_name, std::string{"DNS:"} + name}};
    CHECK(code() == errc::forbidden);
    wants = {{{NID_commonName, name}}, {}};
    CHECK(code() == errc::forbidden);
    wants = {};
  }
  wants.extensions = {{NID_subject_alt_name, "IP:192.0.2.7"}};
  CHECK(code() == errc::forbidden);
  wants = {};
  CHECK(code() == not_refused);
  const auto good = from.ak;
  from.ak = mint(leaf_content("machine AK", std::string{crypto::eku::tpm_ak}), from.ak_ca);
  CHECK(code() == errc::forbidden); // not as our CA names machines
  const auto elsewhere = mint_root(ca_content("AK CA"));
  from.ak = mint(leaf_content("machine TPM AK", std::string{crypto::eku::tpm_ak}), elsewhere);
  CHECK(code() == errc::forbidden);
  from.ak = good;
  CHECK(code() == not_refused);
}

TEST_CASE_FIXTURE(authority_fixture, "a request that is none keeps its code") {
  CHECK(code([](request& sent) { sent.csr.back() ^= 1; }) == errc::bad_signature);
  CHECK(code([](request& sent) { sent.csr = "x"; }) == errc::malformed);
  CHECK(code([](request& sent) { sent.report.body = "x"; }) == errc::malformed);
  CHECK(code([](request& sent) { sent.public_area.pop_back(); }) == errc::truncated);
  wants.extensions = {{NID_basic_constraints, "CA:TRUE"}};
  CHECK(code() == errc::forbidden);
  wants = {};
  wants.over = EVP_sha1();
  CHECK(code() == errc::weak);
}

TEST_CASE_FIXTURE(authority_fixture, "a warning will do only where that is configured") {
  auto authority = make_authority();
  const auto sent = answer(*authority.give_challenge());
  const auto report = protocol::to_bytes(sent.report.body);
  const auto nonce = *authority.take_challenge(sent.challenge_id);
  const auto candidate = *authority.examine(sent, report, nonce);
  const auto says = [&](const std::string& status) {
    return R"({"summary":{"status":")" + status
           + R"("},"troth":{"findings":[{"rule":"tpm.tcb","outcome":"warn"},{"rule":"tpm.nonce",)"
             R"("outcome":"pass"}]}})";
  };
  const auto refused = authority.certify(candidate, says("warn"));
  CHECK(refusal(refused) == errc::untrusted);
  CHECK(refused.error().where == "report: warn: tpm.tcb");
  wanted = appraisal::wanted_verdict::success_or_warning;
  CHECK(make_authority().certify(candidate, says("warn")));
  for (const auto* status : {"fail", "", "Success", "none"})
    CHECK(refusal(make_authority().certify(candidate, says(status))) == errc::untrusted);
  for (const auto* none :
       {"{}", R"({"summary":"success"})", R"({"summary":{"status":true}})", "[]"})
    CHECK(refusal(make_authority().certify(candidate, none)) == errc::malformed);
  CHECK(refusal(make_authority().certify(candidate, "")) == errc::truncated);
}

TEST_CASE_FIXTURE(authority_fixture,
                  "what is issued is kept, and what cannot be kept is not issued") {
  const auto pem = enrol();
  REQUIRE(pem);
  const auto leaf = crypto::certificate::from_pem(*pem)->front();
  const auto file = folder.path() / "issued" / (leaf.serial() + ".json");
  const auto kept = files::read(file, 100'000);
  REQUIRE(kept);
  const auto entry = nlohmann::json::parse(to_text(*kept));
  CHECK(entry["machine"] == "machine");
  CHECK(entry["kind"] == "tpm");
  CHECK(entry["subject"] == "CN=machine");
  CHECK(entry["dnsNames"] == nlohmann::json{"machine"});
  CHECK(entry["issued"] == "2026-06-01T00:00:00Z");
  CHECK(entry["notAfter"] == "2026-07-01T00:00:00Z");
  CHECK(entry["certificate"] == leaf.pem());
  std::filesystem::remove_all(folder.path() / "issued");
  REQUIRE(files::write(folder.path() / "issued", to_bytes("a file"), files::access::owner));
  CHECK(code() == errc::io);
}

TEST_SUITE_END();
