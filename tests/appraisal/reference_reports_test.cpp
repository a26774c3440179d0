#include "tests/support/reference_reports.hpp"

#include "shared/appraisal/appraise.hpp"

#include <string>

using namespace troth;
using namespace troth::testing;
using nlohmann::json;

namespace {

report::attestation_result appraise(const reference_report& from, const appraisal::policy& rules) {
  const auto root = read_vector("cmc-reports/ca/ca.pem");
  REQUIRE(root);
  const endorsement::trust_anchors anchors{*crypto::certificate::from_pem(to_text(*root)), {}};
  const auto report = from.report();
  const auto nonce = from.nonce();
  const auto now = parse_time(from.result().at("created").get<std::string>()); // the reference's
  REQUIRE(now);
  return appraisal::appraise({report, nonce, rules, anchors, *now});
}

} // namespace

TEST_SUITE_BEGIN("appraisal/reference_reports");

TEST_CASE("the reference's own reports get the reference's verdict under cmc-compat") {
  const auto reports = reference_reports();
  if (reports.empty())
    return skip_without_vectors(1);
  const auto rules = *appraisal::built_in_policy(appraisal::cmc_compat);
  for (const auto& each : reports) {
    CAPTURE(each.folder);
    const auto ours = appraise(each, rules);
    const auto theirs = each.result();
    CHECK(name(ours.summary.says) == theirs.at("summary").at("status").get<std::string>());
    CHECK(ours.certification_level == theirs.at("certLevel").get<std::uint64_t>());
  }
}

TEST_CASE("the result of the reference's report has the reference's members and verdicts") {
  const auto reports = reference_reports();
  const auto chosen = std::ranges::find(reports, "tpm-eventlog-cbor", &reference_report::folder);
  if (chosen == reports.end())
    return skip_without_vectors(1);
  const auto rules = *appraisal::built_in_policy(appraisal::cmc_compat);
  const auto ours
    = json::parse(report::write_result(appraise(*chosen, rules), report::encoding::json));
  const auto theirs = chosen->result();
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
  const auto reports = reference_reports();
  if (reports.empty())
    return skip_without_vectors(1);
  for (const auto& each : reports) {
    CAPTURE(each.folder);
    CHECK(appraise(each, {}).summary.says == report::status::fail);
  }
}

TEST_SUITE_END();
