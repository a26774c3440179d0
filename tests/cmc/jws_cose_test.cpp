#include "shared/codec/cose.hpp"
#include "shared/codec/jws.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/report/metadata.hpp"
#include "tests/cmc/cases.hpp"
#include "tests/report/minted_report.hpp"

#include <algorithm>
#include <array>
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

/// The keys of the table are in its test's code. What they are for is done with keys of our own:
/// the signer's, and another.
struct stand_ins {
  crypto::private_key signer = *crypto::private_key::generate(crypto::key_kind::p256);
  crypto::private_key other = *crypto::private_key::generate(crypto::key_kind::p256);

  /// Returns a message like the stored one, which carries no certificate, that `signer` signed.
  codec::signed_message signed_again(const codec::signed_message& stored, bool is_json) const {
    const signature_algorithm es256{signature_scheme::ecdsa, hash_algorithm::sha256};
    const codec::signer by{es256, {}, [&](byte_view data) { return signer.sign(es256, data); }};
    const auto form = codec::jws_form::flattened;
    const auto written = is_json ? to_bytes(*codec::write_jws(stored.payload, std::array{by}, form))
                                 : *codec::write_cose(stored.payload, std::array{by});
    return *report::parse_signed(written);
  }

  crypto::public_key key(const std::string& called) const {
    return (called == "leafKeyPem" ? signer : other).public_half();
  }
};

bool verifies(const codec::signed_message& message, const crypto::public_key& key) {
  return std::ranges::all_of(message.signatures, [&](const auto& each) {
    return key.verify(each.algorithm, each.signed_bytes, each.signature).has_value();
  });
}

/// Verifies every signature of a message against roots.
bool verifies(const codec::signed_message& message, const std::vector<crypto::certificate>& roots,
              time_point now) {
  return std::ranges::all_of(message.signatures, [&](const auto& each) {
    const auto path = crypto::verify_chain(each.certificates, roots, {now, {}});
    return path && path->front().key().verify(each.algorithm, each.signed_bytes, each.signature);
  });
}

} // namespace

TEST_SUITE_BEGIN("cmc/jws-cose");

TEST_CASE("messages of the reference are told apart as it does") {
  if (lacks_cmc("jws-cose"))
    return;
  const stand_ins keys;
  for (const auto& row : read_cmc_json("jws-cose/cases.json")) {
    const auto name = row.at("name").get<std::string>();
    CAPTURE(name);
    const auto& verifier = row.at("args").at("verifier");
    const auto data = stored_in("jws-cose", row.at("args").at("data"), files);
    if (!data) {
      skip_row(name, "its message is not stored");
      continue;
    }
    const auto message = report::parse_signed(read_cmc(*data));
    if (!message) { // not even a message
      CHECK(!row.at("want1").get<bool>());
      continue;
    }
    if (verifier.is_string()) { // `=getPublicKey(@NAME)`
      const auto text = verifier.get<std::string>();
      const auto at = text.find('@') + 1;
      const auto again = keys.signed_again(*message, data->ends_with(".json"));
      CHECK(message->signatures.front().certificates.empty());
      CHECK(verifies(again, keys.key(text.substr(at, text.find(')') - at)))
            == row.at("want1").get<bool>());
      CHECK(!verifies(*message, keys.other.public_half()));
      continue;
    }
    std::vector<crypto::certificate> roots;
    for (const auto& each : verifier) {
      const auto root = crypto::certificate::from_pem(
        to_text(read_cmc(stored_in("jws-cose", each, files).value())));
      REQUIRE(root);
      roots.push_back(root->front());
    }
    CHECK(verifies(*message, roots, checked_at) == row.at("want1").get<bool>());
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
