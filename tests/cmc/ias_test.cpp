#include "tests/cmc/go_names.hpp"
#include "tests/support/psa_device.hpp"

#include <algorithm>

using namespace troth;
using namespace troth::testing;

namespace {

std::vector<crypto::certificate> stored_certificate(const std::string& file) {
  return *crypto::certificate::from_pem(to_text(read_cmc("ias/" + file)));
}

/// Whether a stored token is signed by the key of a stored certificate.
bool verifies(const std::string& token, const std::string& certificate) {
  const auto message = codec::parse_cose_sign1(read_cmc("ias/" + token));
  REQUIRE(message);
  const auto& signature = message->signature;
  return stored_certificate(certificate)
    .front()
    .key()
    .verify(signature.algorithm, signature.signed_bytes, signature.signature)
    .has_value();
}

/// The device that says what the stored token says, with a key of ours: its nonce is the hash of a
/// context that is not stored.
psa_device device_of(const json& args, const json& variables) {
  const auto message = codec::parse_cose_sign1(read_cmc("ias/iat_valid.cose_sign1.bin"));
  REQUIRE(message);
  auto said = evidence::psa::parse_token(message->payload);
  REQUIRE(said);
  psa_device out;
  out.said = *std::move(said);
  const auto good_nonce = std::exchange(out.said.nonce, {});
  if (bytes_in(resolved(args.at("nonce"), variables)) != good_nonce)
    out.said.nonce = good_nonce;
  if (args.at("evidence").at("Data") != "@validIat")
    out.spoil = [](bytes& token) { token.back() ^= 1U; };
  if (args.at("collateral").at("Certs").at(0) != "@validIasCert")
    out.roots = {mint_root(ca_content("Other CA")).certificate};
  if (args.at("caFingerprints") != "@validIatFingerprints")
    out.fingerprints = {std::string(64, '0')};
  out.references.clear();
  for (const auto& each : args.at("components"))
    out.references.push_back(component_of(resolved(each, variables)));
  return out;
}

bool passes(psa_device device) {
  appraisal::policy rules;
  rules.require_ca_fingerprints = true; // as the reference does here, and not for a TPM
  appraisal::ledger book{rules};
  return device.appraise(book).summary.says == report::status::success;
}

} // namespace

TEST_SUITE_BEGIN("cmc/ias");

TEST_CASE("tokens rebuilt from the reference's table get its verdict") {
  if (lacks_cmc("ias"))
    return;
  const auto variables = read_cmc_json("ias/params.json");
  const auto rows = read_cmc_json("ias/cases.json");
  for (const auto& row : rows) {
    CAPTURE(row.at("name").get<std::string>());
    CHECK(passes(device_of(row.at("args"), variables)) == row.at("want").get<bool>());
  }
  // The table has only bad ones: each of them is good but for what its name says.
  auto good = rows.at(0).at("args");
  good["evidence"]["Data"] = "@validIat";
  CHECK(passes(device_of(good, variables)));
}

TEST_CASE("the stored tokens are signed by the key that the reference says") {
  if (lacks_cmc("ias"))
    return;
  CHECK(verifies("iat_valid.cose_sign1.bin", "cert.pem"));
  CHECK(!verifies("iat_valid.cose_sign1.bin", "cert_other.pem"));
  CHECK(!verifies("iat_bad.cose_sign1.bin", "cert.pem"));
}

TEST_SUITE_END();
