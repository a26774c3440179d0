#include "shared/appraisal/ledger.hpp"
#include "shared/appraisal/references.hpp"
#include "shared/appraisal/sgx.hpp"
#include "shared/appraisal/tdx.hpp"
#include "shared/endorsement/intel_chain.hpp"
#include "shared/endorsement/intel_tcb.hpp"
#include "shared/evidence/sgx/quote.hpp"
#include "shared/evidence/tdx/quote.hpp"
#include "tests/cmc/go_names.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

// The reference's tables for SGX and TDX. It freezes its clock before the collateral was issued,
// which we refuse: rows are judged at a time that all of it covers.

using namespace troth;
using namespace troth::testing;

namespace {

using faults = std::set<std::string>;

constexpr const char* good_time = "2026-03-20T12:00:00Z";
constexpr const char* late_time = "2026-11-24T12:00:00Z"; // after each row's nextUpdate

report::component known_component_of(json from) {
  // Some rows have hashes of the wrong size: these are no reference values at all.
  auto& hashes = from["Hashes"];
  json good = json::array();
  for (const auto& each : hashes)
    if (digest::from(*parse_hash_algorithm(each.at("Alg").get<std::string>()),
                     bytes_in(each.at("Content"))))
      good.push_back(each);
  hashes = good;
  return component_of(from);
}

report::intel_collateral collateral_of(const std::string& folder, const std::string& tcb_info) {
  const auto file = [&](const char* name) { return read_cmc(folder + "/collateral/" + name); };
  report::intel_collateral out;
  out.tcb_info = read_cmc(folder + "/collateral/" + tcb_info);
  out.qe_identity = file("qe_identity.json");
  out.root_ca_crl = file("root_ca_crl.der");
  out.pck_crl = file("pck_crl.der");
  out.pck_crl_intermediate_certificate = file("pck_crl_issuer.der");
  out.pck_crl_root_certificate = file("pck_crl_root.der");
  out.tcb_info_intermediate_certificate = file("tcb_signing.der");
  out.tcb_info_root_certificate = file("tcb_signing_root.der");
  out.qe_identity_intermediate_certificate = file("qe_identity_signing.der");
  out.qe_identity_root_certificate = file("qe_identity_root.der");
  return out;
}

/// The artifacts that a row names: logs, and collateral of which the TCB info may be spoilt.
void add_artifacts(report::collateral& to, const std::string& folder, const json& names) {
  for (const auto& each : names) {
    const auto name = reference_in(each);
    if (name.ends_with("ollateralArtifact") || name.ends_with("CollateralArtifacts")) {
      report::component event;
      event.intel.emplace()
        = collateral_of(folder, name.starts_with("invalid")    ? "tcb_info_invalid.json"
                                : name.starts_with("outdated") ? "tcb_info_outdated.json"
                                                               : "tcb_info.json");
      to.artifacts.push_back({std::string{folder == "sgx" ? report::artifact_sgx_collateral
                                                          : report::artifact_tdx_collateral},
                              0,
                              {event}});
      continue;
    }
    const auto file = name == "tdxCcEventlog"           ? "tdx/ccel_artifacts.json"
                      : name == "invalidTdxCcEventlog1" ? "tdx/ccel_artifacts_bad1.json"
                                                        : "tdx/ccel_artifacts_bad2.json";
    for (const auto& log : read_cmc_json(file)) {
      auto& artifact = to.artifacts.emplace_back();
      artifact.type = report::artifact_cc_eventlog;
      artifact.index = log.at("Index").get<std::uint64_t>();
      for (const auto& event : log.at("Events"))
        artifact.events.push_back(known_component_of(event));
    }
  }
}

json artifacts_in(const json& arguments) {
  const auto collateral = arguments.value("collateral", json::object());
  if (!collateral.is_object())
    return json::array();
  const auto named = collateral.value("Artifacts", json::array());
  if (named.is_object())
    return named.at("concat");
  return named.is_array() ? named : json::array({named});
}

std::vector<std::string> statuses_in(const json& policy) {
  std::vector<std::string> out;
  for (const auto& each : policy.at("AcceptedTcbStatuses")) {
    const auto text = each.get<std::string>();
    out.push_back(text.substr(text.rfind("Status") + 6));
  }
  return out;
}

report::sgx_policy sgx_policy_of(const json& from) {
  report::sgx_policy out;
  out.quote_version = from.at("QuoteVersion").get<std::uint16_t>();
  out.mr_signer = bytes_in(from.at("MrSigner"));
  out.isv_svn = from.at("IsvSvn").get<std::uint16_t>();
  const auto& bits = from.at("Attributes");
  out.attributes = {bits.at("Initted"),      bits.at("Debug"),      bits.at("Mode64Bit"),
                    bits.at("ProvisionKey"), bits.at("EInitToken"), bits.at("Kss"),
                    bits.at("Legacy"),       bits.at("Avx")};
  out.accepted_tcb_statuses = statuses_in(from);
  return out;
}

report::tdx_policy tdx_policy_of(const json& from) {
  report::tdx_policy out;
  out.quote_version = from.at("QuoteVersion").get<std::uint16_t>();
  const auto& id = from.at("TdId");
  out.td_id = {bytes_in(id.at("MrOwner")), bytes_in(id.at("MrOwnerConfig")),
               bytes_in(id.at("MrConfigId"))};
  out.xfam = bytes_in(from.at("Xfam"));
  const auto& bits = from.at("TdAttributes");
  out.attributes.debug = bits.value("Debug", false);
  out.attributes.sept_ve_disable = bits.value("SeptVEDisable", false);
  out.accepted_tcb_statuses = statuses_in(from);
  return out;
}

/// Whether the report data of a quote are a nonce with zeros behind it.
bool answers(const std::string& folder, const bytes& quote, const bytes& nonce) {
  bytes said;
  if (folder == "sgx") {
    if (const auto read = evidence::sgx::parse_quote(quote))
      said = copy(read->body.report_data);
  } else if (const auto read = evidence::tdx::parse_quote(quote)) {
    said = copy(read->body.report_data);
  }
  if (nonce.empty() || said.size() < nonce.size())
    return false;
  auto expected = nonce;
  expected.resize(said.size());
  return said == expected;
}

/// What is wrong with a row. Its nonce stands for the digest of a context, which it has not: that
/// one rule is checked beside the others.
faults judge(const std::string& folder, const json& row, const json& variables) {
  const auto& arguments = row.at("args");
  const auto is_sgx = folder == "sgx";
  const auto value = [&](const char* name) { return resolved(arguments.at(name), variables); };
  const auto data = reference_in(arguments.at("evidence").at("Data"));
  const auto quote
    = read_cmc(folder
               + (is_sgx ? data.starts_with("invalid") ? "/quote_v3_bad.bin" : "/quote_v3_valid.bin"
                  : data.starts_with("invalid") ? "/quote_v4_bad_signature.bin"
                                                : "/quote_v4_valid.bin"));
  const std::string type{is_sgx ? report::sgx_evidence : report::tdx_evidence};
  report::context claims;
  claims.collaterals = {{type, {}, {}, {}}};
  add_artifacts(claims.collaterals.front(), folder, artifacts_in(arguments));
  report::manifest root;
  root.ca_fingerprints = value("caFingerprints").get<std::vector<std::string>>();
  if (arguments.contains("policy") && is_sgx)
    root.sgx.emplace() = sgx_policy_of(value("policy"));
  if (arguments.contains("policy") && !is_sgx)
    root.tdx.emplace() = tdx_policy_of(value("policy"));
  for (const auto& each : value("refvals"))
    root.components.push_back(known_component_of(each));

  appraisal::policy rules;
  rules.intel.accepted_tcb_statuses = {"UpToDate", "OutOfDate"};
  rules.firmware_by_root_only = false; // there is one manifest, and no layers
  appraisal::ledger book{rules};
  const std::vector<const report::manifest*> manifests{&root};
  const auto known = appraisal::collect_references(manifests, nullptr, book);
  const report::evidence said{type, quote, {}, {}};
  const crypto::hashed context{claims, bytes{}, hash_algorithm::sha256};
  const auto at = *parse_time(arguments.value("useCurrentTime", false) ? late_time : good_time);
  const std::vector<crypto::certificate> none;
  const appraisal::intel_trust trust{none, endorsement::intel::root_keys(), at};
  if (is_sgx)
    (void)appraise_sgx({said, context, known.sgx}, trust, &root, book);
  else
    (void)appraise_tdx({said, context, known.tdx}, trust, &root, book);
  faults out;
  for (const auto& finding : std::move(book).take())
    if (finding.says == report::outcome::fail && finding.rule != "intel.report_data")
      out.emplace(finding.rule);
  if (!answers(folder, quote, bytes_in(value("nonce"))))
    out.emplace("intel.report_data");
  return out;
}

/// Variables of a table, with those that stand in files of their own.
json variables_of(const std::string& folder) {
  auto out = read_cmc_json(folder + "/params.json");
  if (folder == "tdx") {
    out["validTdxRefvals"] = read_cmc_json("tdx/refvals_valid.json");
    out["invalidTdxRefvals"] = read_cmc_json("tdx/refvals_invalid.json");
  }
  return out;
}

std::string text_of(const faults& said) {
  std::string out;
  for (const auto& each : said)
    out += (out.empty() ? "" : " ") + each;
  return out;
}

void check_table(const std::string& folder, const std::map<std::string, std::string>& expected) {
  const auto variables = variables_of(folder);
  for (const auto& row : read_cmc_json(folder + "/cases.json")) {
    const auto name = row.at("name").get<std::string>();
    CAPTURE(name);
    const auto said = text_of(judge(folder, row, variables));
    CHECK_MESSAGE(said.empty() == (row.at("want") == "success"), said);
    if (const auto at = expected.find(name); at != expected.end())
      CHECK(said == at->second);
  }
}

using enclave_identity = endorsement::intel::enclave_identity;

std::uint64_t number_at(const bytes& from, std::size_t at, std::size_t size) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < size; ++i)
    out |= std::uint64_t{from.at(at + i)} << (8 * i);
  return out;
}

/// An identity of the reference's matrix; its dates are told relative to now.
enclave_identity identity_of(const json& from) {
  const auto& body = from.at("EnclaveIdentity");
  const auto bytes_of = [&](const char* name) { return bytes_in(body.at(name).at("Bytes")); };
  const auto time_of = [&](const char* name) {
    const auto text = body.at(name).at("$expr").get<std::string>();
    return *parse_time(good_time) + std::chrono::hours{std::stol(text)};
  };
  enclave_identity out;
  out.id = body.at("ID").get<std::string>();
  out.version = body.at("Version").get<std::uint64_t>();
  out.issue_date = time_of("IssueDate");
  out.next_update = time_of("NextUpdate");
  out.misc_select = static_cast<std::uint32_t>(number_at(bytes_of("Miscselect"), 0, 4));
  out.misc_select_mask = static_cast<std::uint32_t>(number_at(bytes_of("MiscselectMask"), 0, 4));
  out.flags = number_at(bytes_of("Attributes"), 0, 8);
  out.xfrm = number_at(bytes_of("Attributes"), 8, 8);
  out.flags_mask = number_at(bytes_of("AttributesMask"), 0, 8);
  out.xfrm_mask = number_at(bytes_of("AttributesMask"), 8, 8);
  std::ranges::copy(bytes_of("Mrsigner"), out.mr_signer.begin());
  out.isv_prod_id = body.at("IsvProdID").get<std::uint16_t>();
  for (const auto& level : body.at("TcbLevels"))
    out.levels.push_back(
      {level.at("Tcb").at("Isvsvn").get<std::uint16_t>(),
       {*endorsement::intel::parse_tcb_status(level.at("TcbStatus").get<std::string>()),
        *parse_time(level.at("TcbDate").get<std::string>()),
        {}}});
  return out;
}

evidence::sgx::enclave_report enclave_of(const json& from) {
  evidence::sgx::enclave_report out;
  const auto attributes = bytes_in(from.at("Attributes"));
  out.flags = number_at(attributes, 0, 8);
  out.xfrm = number_at(attributes, 8, 8);
  out.misc_select = from.at("MISCSELECT").get<std::uint32_t>();
  out.isv_prod_id = from.at("ISVProdID").get<std::uint16_t>();
  out.isv_svn = from.at("ISVSVN").get<std::uint16_t>();
  std::ranges::copy(bytes_in(from.at("MRSIGNER")), out.mr_signer.begin());
  return out;
}

} // namespace

TEST_SUITE_BEGIN("cmc/intel");

TEST_CASE("each row of the reference's table for SGX ends as it does there") {
  if (lacks_cmc("sgx"))
    return;
  check_table("sgx", {{"Invalid Certificate Chain", "intel.ca_fingerprint"},
                      {"Invalid Report Signature", "intel.report_data intel.signature"},
                      {"Missing Collateral", "intel.collateral"},
                      {"Invalid Nonce", "intel.report_data"},
                      {"Invalid MRSIGNER", "sgx.mr_signer"},
                      {"Missing SGX Policy", "intel.tcb_status sgx.policy"}});
}

TEST_CASE("each row of the reference's table for TDX ends as it does there") {
  if (lacks_cmc("tdx"))
    return;
  check_table("tdx", {{"Invalid Report Signature", "intel.signature"},
                      {"Invalid Nonce", "intel.report_data"},
                      {"Invalid Certificate Chain", "intel.ca_fingerprint"},
                      {"Missing Collateral", "intel.collateral"}});
}

TEST_CASE("a PCK extension without a platform's items is read, and a cut one is not") {
  if (lacks_cmc("sgx"))
    return;
  for (const auto& row : read_cmc_json("sgx/ext_cases.json")) {
    const auto is_short = reference_in(row.at("args").at("extensions")) == "sgx_extensions_short";
    auto der = read_cmc(is_short ? "sgx/pck_ext_short_invalid.bin"
                                 : "sgx/pck_ext_no_platform_info.der_tail.bin");
    if (!is_short) { // the value lacks the SEQUENCE around it
      const auto size = der.size();
      der.insert(der.begin(), {0x30, 0x82, static_cast<std::uint8_t>(size >> 8),
                               static_cast<std::uint8_t>(size)});
    }
    CAPTURE(row.at("name").get<std::string>());
    CHECK(endorsement::intel::parse_pck_extension(der).has_value()
          != row.at("wantErr").get<bool>());
  }
}

TEST_CASE("each row of the reference's matrix of QE identities ends as it does there") {
  if (lacks_cmc("intel"))
    return;
  const auto variables = read_cmc_json("intel/qe_identity_property_vars.json");
  const auto qe = enclave_of(variables.at("reportBody"));
  for (const auto& row : read_cmc_json("intel/qe_identity_property_cases.json")) {
    const auto& arguments = row.at("args");
    CAPTURE(row.at("name").get<std::string>());
    const auto identity = identity_of(resolved(arguments.at("qeIdentity"), variables));
    const auto tee = arguments.at("teeType").get<std::uint32_t>();
    const auto* level = match_level(identity.levels, qe.isv_svn);
    const auto holds = identity.id == (tee == evidence::sgx::tee_tdx ? "TD_QE" : "QE")
                       && identity.version == 2 && identity.is_current(*parse_time(good_time))
                       && is_of_identity(qe, identity) && level != nullptr
                       && level->rating.status == endorsement::intel::tcb_status::up_to_date;
    CHECK(holds == (row.at("want").at("Summary").at("Status") == "success"));
  }
}

TEST_SUITE_END();
