#include "shared/crypto/certificate.hpp"
#include "shared/report/metadata.hpp"
#include "shared/report/report.hpp"
#include "shared/report/result.hpp"
#include "tests/support/reference_reports.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

using namespace troth;
using namespace troth::testing;
using nlohmann::json;

namespace {

/// What is known of some reports besides.
struct recorded {
  std::string folder;
  std::size_t evidences;
  std::size_t artifacts; // of the first evidence
  std::size_t events;    // in all
};

const recorded known[] = {
  {"sw-cbor", 1, 0, 0},
  {"sw-json", 1, 0, 0},
  {"tpm-summary-json", 2, 18, 18},
  {"tpm-eventlog-cbor", 2, 18, 327},
  {"neg-ima-unreferenced-entry-cbor", 2, 18, 328},
  {"neg-wrong-nonce-json", 2, 18, 327},
};

/// Whether it is not its metadata that is bad about a report, as far as is known.
bool has_good_metadata(const reference_report& one) {
  return one.is_good()
         || std::ranges::find(known, one.folder, &recorded::folder) != std::end(known);
}

/// Whether each signature is by the key of the certificate that comes with it.
bool are_good(const codec::signed_message& message) {
  return std::ranges::all_of(message.signatures, [](const auto& one) {
    const auto leaf = crypto::certificate::from_der(one.certificates.at(0));
    return leaf && leaf->key().verify(one.algorithm, one.signed_bytes, one.signature);
  });
}

/// Returns what our model holds of an item: without members it does not have, and empty ones.
json without_unread(json item) {
  if (item.contains("sbom")) {
    auto& components = item["sbom"]["components"];
    for (auto& component : components)
      component.erase("eventdata");
    if (components.empty())
      item["sbom"].erase("components");
  }
  if (item.contains("caFingerprints") && item["caFingerprints"].empty())
    item.erase("caFingerprints");
  return item;
}

/// The results on metadata by the items' names: the reference puts them in an order of its own.
json by_name(const json& metadata) {
  json out;
  auto items = metadata["manifestResults"];
  items.push_back(metadata["imageDescriptionResult"]);
  for (auto& item : items)
    out[item["name"]] = without_unread(item);
  return out;
}

std::vector<crypto::certificate> certificates_of(const std::vector<bytes>& ders) {
  std::vector<crypto::certificate> out;
  for (const auto& der : ders) {
    auto read = crypto::certificate::from_der(der);
    REQUIRE(read);
    out.push_back(*std::move(read));
  }
  return out;
}

report::check_result success() {
  report::check_result out;
  out.says = report::status::success;
  return out;
}

report::metadata_result affirmed(const bytes& item) {
  const auto message = report::parse_signed(item);
  REQUIRE(message);
  auto read = report::parse_metadata(message->payload);
  REQUIRE(read);
  report::metadata_result out;
  out.item = std::make_shared<const report::metadata_item>(*std::move(read));
  out.summary = success();
  out.validity = success();
  for (const auto& signature : message->signatures)
    out.signatures.push_back({success(), success(), {certificates_of(signature.certificates)}});
  return out;
}

/// A result that affirms each part of a report, without having looked.
report::attestation_result affirmed(const report::report& report) {
  report::attestation_result out;
  for (const auto& digest : report.claims.digests) {
    auto one = affirmed(report.claims.metadata.at(digest));
    if (std::holds_alternative<report::image_description>(*one.item))
      out.metadata.image_description = std::move(one);
    else
      out.metadata.manifests.push_back(std::move(one));
  }
  for (const auto& one : report.claims.collaterals) {
    report::measurement_result measurement;
    if (!one.certificates.empty())
      measurement.signature.certificates = {certificates_of(one.certificates)};
    out.measurements.push_back(measurement);
  }
  return out;
}

} // namespace

TEST_SUITE_BEGIN("report/vectors");

TEST_CASE("the reference's reports read, and are written again byte for byte") {
  const auto reports = reference_reports();
  if (reports.empty())
    return skip_without_vectors(1);
  for (const auto& one : reports) {
    CAPTURE(one.folder);
    const auto input = one.report();
    const auto parsed = report::parse_report(input);
    REQUIRE(parsed);
    const auto is_fresh = one.result().at("freshness").at("status") == "success";
    CHECK((parsed->claims.nonce == one.nonce()) == is_fresh);
    CHECK((report::write_context(parsed->claims, one.as()) == parsed->context_bytes));
    CHECK((report::write_report(*parsed) == input));
    const auto* const facts = std::ranges::find(known, one.folder, &recorded::folder);
    if (facts == std::end(known))
      continue;
    CHECK(parsed->name == "localhost");
    CHECK(parsed->claims.hash_name == "SHA-256");
    CHECK(parsed->evidences.size() == facts->evidences);
    CHECK(parsed->claims.digests.size() == 4);
    CHECK(parsed->claims.metadata.size() == 4);
    REQUIRE(parsed->claims.collaterals.size() == facts->evidences);
    CHECK(parsed->claims.collaterals[0].artifacts.size() == facts->artifacts);
    std::size_t events = 0;
    for (const auto& log : parsed->claims.collaterals[0].artifacts)
      events += log.events.size();
    CHECK(events == facts->events);
  }
}

TEST_CASE("the reference's metadata has good signatures, and reads as it was before signing") {
  const auto reports = reference_reports();
  if (reports.empty())
    return skip_without_vectors(1);
  for (const auto& one : reports) {
    if (!has_good_metadata(one))
      continue;
    CAPTURE(one.folder);
    const auto folder = *vectors_folder() / one.path("metadata-signed");
    for (const auto& file : std::filesystem::directory_iterator{folder}) {
      const auto item = file.path().stem().string();
      CAPTURE(item);
      const auto message
        = report::parse_signed(one.read("metadata-signed/" + item + '.' + one.extension));
      REQUIRE(message);
      CHECK(are_good(*message));
      const auto parsed = report::parse_metadata(message->payload);
      REQUIRE(parsed);
      auto expected = without_unread(json::parse(one.read("metadata-raw/" + item + ".json")));
      if (one.as() == report::encoding::cbor) { // two members have the number 20: it writes neither
        expected.erase("location");
        expected.erase("omspServer");
        CHECK((report::write_metadata(*parsed, one.as()) == message->payload));
      }
      CHECK(expected == json::parse(report::write_metadata(*parsed, report::encoding::json)));
    }
  }
}

TEST_CASE("messages with good signatures are told from those without") {
  struct row {
    const char* file;
    bool is_good;
  };
  constexpr row rows[] = {
    {"jws_chain.json", true},
    {"jws_chain_wrong_key.json", false},
    {"cose_chain.cbor", true},
    {"cose_chain_wrong_key.cbor", false},
  };
  if (!vectors_folder())
    return skip_without_vectors(std::size(rows));
  for (const auto& row : rows) {
    CAPTURE(row.file);
    const auto read = read_vector(std::string{"cmc/jws-cose/"} + row.file);
    REQUIRE(read);
    const auto message = report::parse_signed(*read);
    REQUIRE(message);
    CHECK(are_good(*message) == row.is_good);
  }
  for (const auto* const file : {"jws_pubkey.json", "cose_pubkey.cbor"}) {
    const auto read = read_vector(std::string{"cmc/jws-cose/"} + file);
    REQUIRE(read);
    const auto message = report::parse_signed(*read);
    REQUIRE(message);
    CHECK(message->signatures[0].certificates.empty());
  }
}

TEST_CASE("software evidence without certificates is verified by its key") {
  if (!vectors_folder())
    return skip_without_vectors(2);
  const auto pem = read_vector("cmc/sw/key_valid.pem");
  REQUIRE(pem);
  const auto key = crypto::public_key::from_pem(to_text(*pem));
  REQUIRE(key);
  for (const std::string state : {"valid", "bad"}) {
    CAPTURE(state);
    const auto read = read_vector("cmc/sw/evidence_" + state + ".jws.json");
    REQUIRE(read);
    const auto message = report::parse_signed(*read);
    const auto is_good = message && [&](const auto& one) {
      return key->verify(one.algorithm, one.signed_bytes, one.signature).has_value();
    }(message->signatures.at(0));
    CHECK(is_good == (state == "valid"));
  }
}

TEST_CASE("a recorded set of signed metadata reads") {
  if (!vectors_folder())
    return skip_without_vectors(4);
  for (const std::string item :
       {"image.description", "rtm.manifest", "os.manifest", "app.manifest"}) {
    CAPTURE(item);
    const auto read = read_vector("cmc/metadata/vm-signed/" + item + ".jws.json");
    REQUIRE(read);
    const auto message = report::parse_signed(*read);
    REQUIRE(message);
    CHECK(are_good(*message));
    const auto parsed = report::parse_metadata(message->payload);
    REQUIRE(parsed);
    CHECK(without_unread(json::parse(message->payload))
          == json::parse(report::write_metadata(*parsed, report::encoding::json)));
    const auto as_cbor = report::write_metadata(*parsed, report::encoding::cbor);
    const auto again = report::parse_metadata(as_cbor);
    REQUIRE(again);
    CHECK((report::write_metadata(*again, report::encoding::json)
           == report::write_metadata(*parsed, report::encoding::json)));
  }
}

TEST_CASE("a result shows certificates and metadata as the reference's results do") {
  const auto reports = reference_reports();
  if (reports.empty())
    return skip_without_vectors(1);
  for (const auto& one : reports) {
    if (!has_good_metadata(one))
      continue;
    CAPTURE(one.folder);
    const auto parsed = report::parse_report(one.report());
    REQUIRE(parsed);
    const auto expected = one.result();
    const auto written
      = json::parse(report::write_result(affirmed(*parsed), report::encoding::json));
    CHECK(by_name(expected["metadata"]) == by_name(written["metadata"]));
    for (std::size_t i = 0; i < expected["measurements"].size(); ++i)
      CHECK(expected["measurements"][i]["signature"].value("certs", json{})
            == written["measurements"][i]["signature"].value("certs", json{}));
  }
}

TEST_SUITE_END();
