#include "shared/crypto/certificate.hpp"
#include "shared/report/metadata.hpp"
#include "tests/cmc/cases.hpp"
#include "tests/report/minted_report.hpp"

#include <map>

using namespace troth;
using namespace troth::testing;

namespace {

/// Where the table's variables are kept.
const std::map<std::string, std::string> files = {
  {"jwsDataCertChain", "jws_chain.json"},
  {"jwsDataPubKey", "jws_pubkey.json"},
  {"jwsDataCertChainInvalidKey", "jws_chain_wrong_key.json"},
  {"coseDataCertChain", "cose_chain.cbor"},
  {"coseDataPubKey", "cose_pubkey.cbor"},
  {"coseDataCertChainInvalidKey", "cose_chain_wrong_key.cbor"},
  {"caPem", "ca.pem"},
  {"invalidCaPem", "ca_other.pem"},
};

const time_point checked_at = *parse_time("2026-11-24T10:00:00Z");

/// Verifies a message of one signature against a root.
bool verifies(const codec::signed_message& message, const crypto::certificate& root,
              time_point now) {
  const auto& signature = message.signatures.front();
  const std::vector roots{root};
  const auto path = crypto::verify_chain(signature.certificates, roots, {now, {}});
  return message.signatures.size() == 1 && path
         && path->front().key().verify(signature.algorithm, signature.signed_bytes,
                                       signature.signature);
}

} // namespace

TEST_SUITE_BEGIN("cmc/jws-cose");

TEST_CASE("messages of the reference are told apart as it does") {
  if (lacks_cmc("jws-cose"))
    return;
  for (const auto& row : read_cmc_json("jws-cose/cases.json")) {
    const auto name = row.at("name").get<std::string>();
    CAPTURE(name);
    const auto& verifier = row.at("args").at("verifier");
    const auto data = files.find(reference_in(row.at("args").at("data")));
    if (data == files.end() || !verifier.is_array()) {
      skip_row(name, "its key is not stored");
      continue;
    }
    const auto message = report::parse_signed(read_cmc("jws-cose/" + data->second));
    REQUIRE(message);
    const auto root = crypto::certificate::from_pem(
      to_text(read_cmc("jws-cose/" + files.at(reference_in(verifier.at(0))))));
    REQUIRE(root);
    CHECK(verifies(*message, root->front(), checked_at) == row.at("want1").get<bool>());
  }
}

TEST_CASE("a message without certificates is verified by a key alone") {
  if (lacks_cmc("jws-cose"))
    return;
  // The table's keys are in its test's code: those of the certificates in the other messages are
  // others, and verify nothing here.
  for (const auto* const file : {"jws_pubkey.json", "cose_pubkey.cbor"}) {
    const auto message = report::parse_signed(read_cmc(std::string{"jws-cose/"} + file));
    REQUIRE(message);
    const auto stranger = crypto::certificate::from_pem(to_text(read_cmc("jws-cose/ca_other.pem")));
    REQUIRE(stranger);
    const auto& signature = message->signatures.front();
    CHECK(!stranger->front().key().verify(signature.algorithm, signature.signed_bytes,
                                          signature.signature));
  }
}

TEST_CASE("a report says the encoding it has") {
  if (lacks_cmc("jws-cose"))
    return;
  for (const auto& row : read_cmc_json("jws-cose/nonce_cases.json")) {
    CAPTURE(row.at("name").get<std::string>());
    const auto& args = row.at("args");
    const auto as = args.at("serializer") == "=getJsonSerializer()" ? report::encoding::json
                                                                    : report::encoding::cbor;
    auto written = to_text(report::write_report(minted_report(as)));
    const std::string ours = as == report::encoding::json ? "b64" : "cbor";
    const std::string wanted = args.at("encoding") == "cbor" ? "cbor" : "b64";
    if (ours != wanted) { // behind its length in CBOR
      const auto quoted = [as](const std::string& text) {
        return as == report::encoding::json ? '"' + text + '"'
                                            : static_cast<char>(0x60 + text.size()) + text;
      };
      const auto at = written.find(quoted(ours));
      REQUIRE(at != std::string::npos);
      written.replace(at, quoted(ours).size(), quoted(wanted));
    }
    CHECK(report::parse_report(to_bytes(written)).has_value() != row.at("wantErr").get<bool>());
  }
}

TEST_SUITE_END();
