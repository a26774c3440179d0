#include "shared/appraisal/sw.hpp"

#include "shared/codec/jws.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/sw/statement.hpp"
#include "shared/report/metadata.hpp"
#include "tests/cmc/go_names.hpp"

#include <array>

using namespace troth;
using namespace troth::testing;

namespace {

const signature_algorithm es256{signature_scheme::ecdsa, hash_algorithm::sha256};

/// The evidence's nonce is the hash of a context that is not stored, so a key of ours signs again
/// what the stored evidence says, with the hash of a context that we make.
struct attester {
  crypto::private_key key = *crypto::private_key::generate(crypto::key_kind::p256);

  bytes sign(const evidence::sw::statement& said) const {
    const codec::signer by{es256, {}, [&](byte_view data) { return key.sign(es256, data); }};
    return to_bytes(*codec::write_jws(evidence::sw::write_statement(said), std::array{by},
                                      codec::jws_form::flattened));
  }
};

report::artifact artifact_of(const json& from) {
  report::artifact out;
  out.type = from.at("Type").get<std::string>();
  for (const auto& each : from.at("Events"))
    out.events.push_back(component_of(each));
  return out;
}

} // namespace

TEST_SUITE_BEGIN("cmc/sw");

TEST_CASE("container logs rebuilt from the reference's tables get its verdict") {
  if (lacks_cmc("sw"))
    return;
  const auto variables = read_cmc_json("sw/params.json");
  const auto rules = *appraisal::built_in_policy(appraisal::cmc_compat);
  const auto stored = report::parse_signed(read_cmc("sw/evidence_valid.jws.json"));
  REQUIRE(stored);
  const auto said = evidence::sw::parse_statement(stored->payload);
  REQUIRE(said);
  const auto good_nonce = bytes_in(variables.at("validSwNonce"));
  CHECK(said->nonce == good_nonce);
  for (const auto& row : read_cmc_json("sw/cases.json")) {
    CAPTURE(row.at("name").get<std::string>());
    const auto& args = row.at("args");
    const attester ours;
    report::context claims;
    auto& collateral = claims.collaterals.emplace_back();
    collateral.type = report::sw_evidence;
    const auto has_key = args.at("collateral").at("Key") == "@validSwKey";
    const auto stranger = *crypto::private_key::generate(crypto::key_kind::p256);
    collateral.key = to_bytes((has_key ? ours.key : stranger).public_half().pem());
    for (const auto& each : resolved(args.at("collateral").at("Artifacts"), variables))
      collateral.artifacts.push_back(artifact_of(each));
    const auto context_bytes = report::write_context(claims, report::encoding::cbor);
    const crypto::hashed context{claims, context_bytes, hash_algorithm::sha256};
    auto again = *said;
    if (bytes_in(resolved(args.at("nonce"), variables)) == good_nonce)
      again.nonce = copy(context.sum().view());
    report::evidence evidence;
    evidence.type = report::sw_evidence;
    evidence.body = args.at("evidence").at("Data") == "@validSwEvidence"
                      ? ours.sign(again)
                      : read_cmc("sw/evidence_bad.jws.json");
    std::vector<report::component> components;
    for (const auto& each : args.at("refvals"))
      components.push_back(component_of(resolved(each, variables)));
    std::vector<appraisal::reference> references;
    for (const auto& each : components)
      references.push_back({&each, 0});
    appraisal::ledger book{rules};
    const auto result = appraisal::appraise_sw({evidence, context, references}, book);
    CHECK((result.summary.says == report::status::success) == row.at("want1").get<bool>());
    if ((result.summary.says == report::status::success) != row.at("want1").get<bool>())
      for (const auto& finding : std::move(book).take())
        if (finding.says != report::outcome::pass)
          MESSAGE(finding.rule << " " << finding.code << " " << finding.got << " "
                               << finding.detail);
  }
}

TEST_CASE("the stored evidence is signed by the key that the reference says") {
  if (lacks_cmc("sw"))
    return;
  const auto key = crypto::public_key::from_pem(to_text(read_cmc("sw/key_valid.pem")));
  const auto other = crypto::public_key::from_pem(to_text(read_cmc("sw/key_other.pem")));
  REQUIRE(key);
  REQUIRE(other);
  const auto verifies = [](const std::string& file, const crypto::public_key& by) {
    const auto message = report::parse_signed(read_cmc("sw/" + file));
    if (!message)
      return false; // the bad one is not even a message
    const auto& signature = message->signatures.front();
    return by.verify(signature.algorithm, signature.signed_bytes, signature.signature).has_value();
  };
  CHECK(verifies("evidence_valid.jws.json", *key));
  CHECK(!verifies("evidence_valid.jws.json", *other));
  CHECK(!verifies("evidence_bad.jws.json", *key));
}

TEST_SUITE_END();
