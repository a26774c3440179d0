#include "shared/appraisal/sw.hpp"

#include "shared/codec/jws.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/key.hpp"
#include "shared/evidence/sw/statement.hpp"
#include "shared/report/report.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

using namespace troth;

namespace {

using codes = std::set<std::string>;
using evidence::sw::statement;

constexpr signature_algorithm es256{signature_scheme::ecdsa, hash_algorithm::sha256};

/// What a verifier was told beforehand, and how often the key signs.
struct setting {
  appraisal::policy rules = *appraisal::built_in_policy(appraisal::cmc_compat);
  std::vector<report::component> references;
  std::size_t signatures = 1;
};

/// Returns the codes of what fails of a software key's evidence, once both were changed.
codes faults(const std::function<void(report::collateral&, const crypto::private_key&)>& collateral,
             const std::function<void(statement&)>& said, const setting& told = {}) {
  const auto key = *crypto::private_key::generate(crypto::key_kind::p256);
  report::context claims;
  auto& own = claims.collaterals.emplace_back();
  own.type = report::sw_evidence;
  own.key = to_bytes(key.public_half().pem());
  collateral(own, key);
  const auto context_bytes = report::write_context(claims, report::encoding::cbor);
  const crypto::hashed context{claims, context_bytes, hash_algorithm::sha256};
  statement what{copy(context.sum().view()), digest{hash_algorithm::sha256}};
  said(what);
  const codec::signer by{es256, {}, [&](byte_view data) { return key.sign(es256, data); }};
  const std::vector<codec::signer> signers(told.signatures, by);
  const report::evidence evidence{std::string{report::sw_evidence},
                                  to_bytes(*codec::write_jws(evidence::sw::write_statement(what),
                                                             signers, codec::jws_form::general)),
                                  {},
                                  {}};
  std::vector<appraisal::reference> references;
  for (const auto& each : told.references)
    references.push_back({&each, 0});
  appraisal::ledger book{told.rules};
  appraisal::appraise_sw({evidence, context, references}, book);
  codes out;
  for (const auto& finding : std::move(book).take())
    if (finding.says == report::outcome::fail)
      out.insert(finding.code);
  return out;
}

const auto as_it_is = [](auto&&...) {};

report::component program(std::uint8_t fill) {
  report::component out;
  out.name = "program";
  out.hashes = {*digest::from(hash_algorithm::sha256, bytes(32, fill))};
  return out;
}

/// Puts programs into the log of the collateral.
auto that_ran(std::vector<std::uint8_t> programs) {
  return [=](report::collateral& out, const crypto::private_key&) {
    auto& log = out.artifacts.emplace_back();
    log.type = report::artifact_sw_eventlog;
    for (const auto each : programs)
      log.events.push_back(program(each));
  };
}

/// Signs what a log of these programs extends to.
auto extended_by(std::vector<std::uint8_t> programs) {
  return [=](statement& said) {
    for (const auto each : programs)
      crypto::extend(*said.log_aggregate, program(each).hashes.front().view());
  };
}

} // namespace

TEST_SUITE_BEGIN("appraisal/sw");

TEST_CASE("a key in software that signs the context and its log is good") {
  CHECK(faults(as_it_is, as_it_is) == codes{});
}

TEST_CASE("the key may be carried in PEM or in DER, and is the one that signed") {
  CHECK(faults([](auto& out, const auto& key) { out.key = key.public_half().der(); }, as_it_is)
        == codes{});
  CHECK(faults(
          [](auto& out, const auto&) {
            out.key = bytes{0x30, 0x00};
          },
          as_it_is)
        == codes{"malformed"});
  CHECK(faults([](auto& out, const auto&) { out.key.clear(); }, as_it_is).size() == 1);
  CHECK(faults(
          [](auto& out, const auto&) {
            const auto other = *crypto::private_key::generate(crypto::key_kind::p256);
            out.key = to_bytes(other.public_half().pem());
          },
          as_it_is)
        == codes{"bad_signature"});
}

TEST_CASE("what is signed is the hash of the context, and what its log extends to") {
  CHECK(faults(as_it_is, [](statement& said) { said.nonce[0] ^= 1; }) == codes{"sw.nonce"});
  CHECK(faults(as_it_is, [](statement& said) { said.log_aggregate->bytes_mut()[0] ^= 1; })
        == codes{"sw.aggregate"});
  CHECK(faults(as_it_is, [](statement& said) { said.log_aggregate.reset(); })
        == codes{"sw.aggregate"});
}

TEST_CASE("a key in software is refused where a policy does not accept one") {
  setting strict;
  strict.rules.accept_software_evidence = false;
  CHECK(faults(as_it_is, as_it_is, strict) == codes{"sw.accepted"});
}

TEST_CASE("one signature is what there must be") {
  setting twice;
  twice.signatures = 2;
  CHECK(faults(as_it_is, as_it_is, twice) == codes{"malformed"});
}

TEST_CASE("what ran must be known, and what is known and not optional must have run") {
  setting known;
  known.references = {program(1), program(2)};
  known.references[1].optional = true;
  CHECK(faults(that_ran({1}), extended_by({1}), known) == codes{});
  CHECK(faults(that_ran({2, 1, 1}), extended_by({2, 1, 1}), known) == codes{});
  CHECK(faults(that_ran({1, 3}), extended_by({1, 3}), known) == codes{"sw.event"});
  CHECK(faults(that_ran({2}), extended_by({2}), known) == codes{"sw.reference"});
  CHECK(faults(as_it_is, as_it_is, known) == codes{"sw.reference"});
  CHECK(faults(that_ran({1, 2}), extended_by({2, 1}), known) == codes{"sw.aggregate"});
  setting nothing;
  nothing.rules.require_reference_values = true;
  CHECK(faults(as_it_is, as_it_is, nothing) == codes{"sw.reference"});
}

TEST_CASE("a program with the digest of a container's file system is not that container") {
  setting known;
  known.references = {program(1)};
  known.references[0].container = report::container_data{{}, {}, {{{"process", {{"cwd", "/"}}}}}};
  CHECK(faults(that_ran({1}), extended_by({1}), known) == codes{"sw.event", "sw.reference"});
}

TEST_CASE("there is one log, and it is one of software") {
  const auto spoilt = [](auto spoil) {
    return [=](report::collateral& out, const crypto::private_key& key) {
      that_ran({})(out, key);
      spoil(out);
    };
  };
  CHECK(faults(spoilt([](auto& out) { out.artifacts.push_back(out.artifacts.front()); }), as_it_is)
        == codes{"sw.artifact"});
  CHECK(faults(spoilt([](auto& out) { out.artifacts.front().type = "PCR Eventlog"; }), as_it_is)
        == codes{"sw.artifact"});
}

TEST_SUITE_END();
