#include "shared/appraisal/policy.hpp"
#include "shared/appraisal/snp_guest.hpp"
#include "shared/appraisal/snp_tcb.hpp"
#include "shared/base/hex.hpp"
#include "shared/codec/json.hpp"
#include "shared/endorsement/snp_chain.hpp"
#include "shared/endorsement/snp_vek.hpp"
#include "tests/support/vectors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

// The reference's own table of cases: its files, its parameters, its verdicts.

using namespace troth;
using namespace troth::testing;
using json = nlohmann::json;

namespace {

using certificates = std::vector<crypto::certificate>;

bytes read(const std::string& name) {
  auto out = read_vector("cmc/snp/" + name);
  REQUIRE_MESSAGE(out.has_value(), name);
  return *std::move(out);
}

json read_json(const std::string& name) {
  const auto text = read(name);
  return *codec::parse_json(to_text(text), {.max_bytes = text.size()});
}

crypto::certificate certificate(const std::string& name) {
  return crypto::certificate::from_pem(to_text(read(name)))->at(0);
}

/// What a row's `@name` stands for.
json resolve(const json& parameters, const json& value) {
  const auto name = value.is_string() ? value.get<std::string>() : std::string{};
  return name.starts_with('@') ? parameters.at(name.substr(1)) : value;
}

certificates chain(const std::string& name) {
  auto leaf = certificate(name == "@invalidLeafCert" ? "vcek_other.pem" : "vcek_valid.pem");
  if (name == "@invalidCertChain") // without its ASK
    return {leaf, certificate("ark_milan.pem")};
  return {leaf, certificate("ask_milan.pem"), certificate("ark_milan.pem")};
}

bytes report_bytes(const std::string& name) {
  return read(name == "@validReport"              ? "report_valid_milan_v2.bin"
              : name == "@invalidReportSignature" ? "report_bad_signature.bin"
                                                  : "report_bad_data_1216.bin");
}

std::vector<report::component> components(const json& values) {
  std::vector<report::component> out;
  for (const auto& value : values) {
    auto& component = out.emplace_back();
    for (const auto& hash : value.at("Hashes")) {
      const auto read = digest::from(*parse_hash_algorithm(hash.at("Alg").get<std::string>()),
                                     *from_hex(hash.at("Content").get<std::string>()));
      if (read) // one row has a SHA-256 of 48 bytes
        component.hashes.push_back(*read);
    }
  }
  return out;
}

report::snp_policy policy_of(const json& parameters, const json& row) {
  const auto small = [](const json& from, const char* name) {
    return from.value(name, std::uint8_t{0});
  };
  report::snp_policy out;
  out.report_min_version = resolve(parameters, row.at("ReportMinVersion")).get<std::uint32_t>();
  out.report_max_version = resolve(parameters, row.at("ReportMaxVersion")).get<std::uint32_t>();
  const auto guest = resolve(parameters, row.at("GuestPolicy"));
  out.guest = {"",
               guest.at("SingleSocket"),
               guest.at("Debug"),
               guest.at("Migration"),
               guest.at("Smt"),
               small(guest, "AbiMajor"),
               small(guest, "AbiMinor")};
  for (const auto& each : row.at("VersionPolicy")) {
    const auto fw = resolve(parameters, each.at("Fw"));
    const auto tcb = resolve(parameters, each.at("Tcb"));
    out.versions.push_back(
      {each.at("Name"),
       {small(fw, "Build"), small(fw, "Major"), small(fw, "Minor")},
       {0, small(tcb, "Bl"), small(tcb, "Tee"), small(tcb, "Snp"), small(tcb, "Ucode")}});
  }
  return out;
}

bool names(const json& fingerprints, const crypto::certificate& root) {
  return std::ranges::any_of(fingerprints, [&](const json& each) {
    const auto read = from_hex(each.get<std::string>());
    return read && std::ranges::equal(*read, root.sha256().view());
  });
}

/// Whether everything about a row is in order. No root is given: AMD's are pinned.
bool is_good(const json& parameters, const json& arguments) {
  const auto at = *parse_time("2026-03-20T12:00:00Z");
  const auto carried = chain(arguments.at("collateral").at("Certs"));
  const certificates between{carried.begin() + 1, carried.end() - 1};
  const auto path = endorsement::verify_vek_chain(
    carried.front(), between, endorsement::pinned_roots(carried, endorsement::amd_root_keys()), at);
  const auto parsed
    = evidence::snp::parse_report(report_bytes(arguments.at("evidence").at("Data")));
  if (!path || !parsed || !arguments.contains("policy") || !arguments.contains("refvals")
      || !names(resolve(parameters, arguments.at("caFingerprints")), path->back()))
    return false;
  const auto authentic = endorsement::authenticate_report(*parsed, path->front().key());
  const auto nonce = from_hex(resolve(parameters, arguments.at("nonce")).get<std::string>());
  if (!authentic || !std::ranges::equal((*authentic)->report_data, *nonce))
    return false;
  const auto values = components(resolve(parameters, arguments.at("refvals")));
  std::vector<appraisal::reference> references;
  for (const auto& value : values)
    references.push_back({&value, 0});
  const auto rules = *appraisal::built_in_policy(appraisal::cmc_compat);
  appraisal::ledger book{rules};
  report::measurement_result out;
  out.snp.emplace();
  const auto policy = policy_of(parameters, arguments.at("policy"));
  appraise_snp_guest(**authentic, &policy, references, book, out);
  appraise_snp_tcb(**authentic, &policy, *endorsement::product_of_root(path->back()), book,
                   *out.snp);
  return book.conclude().says == report::status::success;
}

} // namespace

TEST_SUITE_BEGIN("appraisal/snp_reference_cases");

TEST_CASE("the reference's cases end as the reference wants them to, on AMD's pinned root") {
  if (!vectors_folder())
    return skip_without_vectors(15);
  const auto parameters = read_json("params.json");
  std::size_t good = 0;
  for (const auto& row : read_json("cases.json")) {
    CAPTURE(row.at("name").get<std::string>());
    CHECK(is_good(parameters, row.at("args")) == row.at("want1").get<bool>());
    good += row.at("want1").get<bool>() ? 1 : 0;
  }
  CHECK(good > 0);
}

TEST_CASE("the reference's cases of versions are ordered as it wants them to be") {
  if (!vectors_folder())
    return skip_without_vectors(7);
  for (const auto& row : read_json("min_version_cases.json")) {
    CAPTURE(row.at(0).get<std::string>());
    const auto version = [&](std::size_t at) {
      return *from_hex(row.at(1).at(at).get<std::string>().substr(4)); // behind "hex:"
    };
    const auto got = version(0);
    const auto least = version(1);
    if (got.size() != 3 || least.size() != 3)
      continue; // cannot be with us
    using evidence::snp::firmware_version;
    CHECK(
      (firmware_version{got[0], got[1], got[2]} >= firmware_version{least[0], least[1], least[2]})
      == row.at(2).get<bool>());
  }
}

TEST_SUITE_END();
