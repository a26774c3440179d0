#include "shared/appraisal/appraise.hpp"
#include "shared/codec/json.hpp"
#include "tests/support/vectors.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::testing;

namespace {

struct reference_report {
  std::string folder;
  std::string extension;
};

const reference_report reports[] = {
  {"sw-json", "json"},
  {"sw-cbor", "cbor"},
  {"tpm-summary-json", "json"},
  {"tpm-eventlog-cbor", "cbor"},
  {"neg-ima-unreferenced-entry-cbor", "cbor"},
  {"neg-wrong-nonce-json", "json"},
};

bytes read(const std::string& path) {
  auto out = read_vector("cmc-reports/" + path);
  REQUIRE_MESSAGE(out.has_value(), path);
  return *std::move(out);
}

nlohmann::json parse(const bytes& text) {
  return *codec::parse_json(to_text(text), {.max_bytes = text.size()});
}

report::attestation_result appraise(const reference_report& from, const appraisal::policy& rules) {
  const endorsement::trust_anchors anchors{
    *crypto::certificate::from_pem(to_text(read("ca/ca.pem"))), {}};
  const auto report = read(from.folder + "/attestation-report." + from.extension);
  const auto nonce = read(from.folder + "/nonce." + from.extension);
  return appraisal::appraise({report, nonce, rules, anchors, *parse_time("2026-11-24T10:00:00Z")});
}

} // namespace

TEST_SUITE_BEGIN("appraisal/reference_reports");

TEST_CASE("the reference's own reports get the reference's verdict under cmc-compat") {
  if (!vectors_folder())
    return skip_without_vectors(std::size(reports));
  const auto rules = *appraisal::built_in_policy(appraisal::cmc_compat);
  for (const auto& each : reports) {
    CAPTURE(each.folder);
    const auto ours = appraise(each, rules);
    const auto theirs = parse(read(each.folder + "/attestation-result.json"));
    CHECK(name(ours.summary.says) == theirs.at("summary").at("status").get<std::string>());
    CHECK(ours.certification_level == theirs.at("certLevel").get<std::uint64_t>());
  }
}

TEST_CASE("the result of the reference's report has the reference's members and verdicts") {
  if (!vectors_folder())
    return skip_without_vectors(1);
  const auto rules = *appraisal::built_in_policy(appraisal::cmc_compat);
  const auto ours
    = parse(report::write_result(appraise(reports[3], rules), report::encoding::json));
  const auto theirs = parse(read("tpm-eventlog-cbor/attestation-result.json"));
  for (const auto& [name, value] : theirs.items()) {
    CAPTURE(name);
    CHECK(ours.contains(name));
  }
  const auto& our_tpm = ours.at("measurements").at(0);
  const auto& their_tpm = theirs.at("measurements").at(0);
  CHECK(our_tpm.at("type") == their_tpm.at("type"));
  CHECK(our_tpm.at("tpmResult").at("pcrMatch").size()
        == their_tpm.at("tpmResult").at("pcrMatch").size());
  CHECK(our_tpm.at("artifacts").size() == their_tpm.at("artifacts").size() + 11); // start values
  CHECK(our_tpm.at("signature").at("certs").at(0).at(0)
        == their_tpm.at("signature").at("certs").at(0).at(0));
  const auto& our_layers = ours.at("metadata").at("manifestResults");
  const auto& their_layers = theirs.at("metadata").at("manifestResults");
  REQUIRE(our_layers.size() == their_layers.size());
  for (std::size_t at = 0; at < our_layers.size(); ++at) {
    CHECK(our_layers[at].at("name") == their_layers[at].at("name"));
    CHECK(our_layers[at].at("sbom") == their_layers[at].at("sbom"));
  }
}

TEST_CASE("the reference's reports do not satisfy the default policy") {
  if (!vectors_folder())
    return skip_without_vectors(std::size(reports));
  for (const auto& each : reports) {
    CAPTURE(each.folder);
    CHECK(appraise(each, {}).summary.says == report::status::fail);
  }
}

TEST_SUITE_END();
