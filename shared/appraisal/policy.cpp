#include "shared/appraisal/policy.hpp"

#include "shared/appraisal/conditions.hpp"
#include "shared/appraisal/rules.hpp"
#include "shared/base/hex.hpp"
#include "shared/codec/json.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/report/azure_evidence.hpp"
#include "shared/report/metadata.hpp"
#include "shared/report/report.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <limits>
#include <map>
#include <optional>

namespace troth::appraisal {

namespace {

using json = nlohmann::json;

constexpr std::size_t max_policy_bytes = std::size_t{1024} * 1024;
constexpr std::size_t max_version_bytes = 64;
constexpr std::uint64_t max_pcr = 23;
constexpr std::uint64_t max_age_days = 36'500;

constexpr std::array judged_evidence
  = {report::tpm_evidence,       report::snp_evidence,       report::sgx_evidence,
     report::tdx_evidence,       report::ias_evidence,       report::sw_evidence,
     report::azure_snp_evidence, report::azure_tdx_evidence, report::azure_tpm_evidence};
constexpr std::array signed_kinds = {report::manifest_type, report::image_description_type,
                                     report::company_description_type, report::omsp_response_type};

policy make_cmc_compat() {
  policy out;
  out.name = cmc_compat;
  // The reference's logs carry no content to check, and these fields of SNP it does not look at,
  // nor has it a memory of versions; reference values without evidence it passes over.
  out.not_checked = {"tpm.event_content",  "metadata.version",  "snp.revocation", "snp.csp",
                     "reference.evidence", "snp.cxl",           "snp.vmpl",       "snp.guest_svn",
                     "snp.host_data",      "snp.id_key",        "snp.author_key", "snp.family_id",
                     "snp.image_id",       "snp.platform_info", "sgx.config_id",  "sgx.misc_select",
                     "tdx.mr_service_td"};
  out.intel.accepted_tcb_statuses = {"UpToDate",
                                     "SWHardeningNeeded",
                                     "ConfigurationNeeded",
                                     "ConfigurationAndSWHardeningNeeded",
                                     "OutOfDate",
                                     "OutOfDateConfigurationNeeded",
                                     "TDRelaunchAdvised",
                                     "TDRelaunchAdvisedConfigurationNeeded"}; // as manifests say
  out.required_evidence = {};
  out.accept_software_evidence = true;
  out.separate_roots = false;
  out.require_signer_eku = false;
  out.require_status_eku = false;
  out.firmware_by_root_only = false;
  out.require_ak_eku = false;
  out.require_reference_values = false;
  out.required_pcrs = {};
  out.accept_pcr_summary = true;
  out.minimum_certification_level = 0;
  out.minimum_nonce_bytes = 8;
  return out;
}

error wrong(std::string_view key, std::string_view expected) {
  return {errc::malformed, "policy." + std::string{key} + ": expected " + std::string{expected}};
}

using setter = std::function<result<void>(policy&, const json&, std::string_view key)>;

setter flag(bool policy::*member) {
  return [=](policy& into, const json& value, std::string_view key) -> result<void> {
    if (!value.is_boolean())
      return wrong(key, "true or false");
    into.*member = value.get<bool>();
    return {};
  };
}

template <class Number>
setter number(Number policy::*member, std::uint64_t least, std::uint64_t most) {
  return [=](policy& into, const json& value, std::string_view key) -> result<void> {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() < least
        || value.get<std::uint64_t>() > most)
      return wrong(key, "a number from " + std::to_string(least) + " to " + std::to_string(most));
    into.*member = value.get<Number>();
    return {};
  };
}

result<void> set_name(policy& into, const json& value, std::string_view key) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty())
    return wrong(key, "a name");
  into.name = value.get<std::string>();
  return {};
}

result<void> set_version(policy& into, const json& value, std::string_view key) {
  if (!value.is_string() || value.get_ref<const std::string&>().size() > max_version_bytes)
    return wrong(key, "a text of at most " + std::to_string(max_version_bytes) + " bytes");
  into.version = value.get<std::string>();
  return {};
}

result<void> set_not_checked(policy& into, const json& value, std::string_view key) {
  if (!value.is_array())
    return wrong(key, "an array of rule ids");
  into.not_checked.clear();
  for (const auto& id : value) {
    const auto rules = all_rules();
    const auto at = std::ranges::find_if(rules, [&](const rule& each) {
      return id.is_string() && each.id == id.get<std::string>();
    });
    if (at == rules.end() || !at->may_be_skipped)
      return wrong(key, "ids of rules that may be left out; got " + id.dump());
    into.not_checked.emplace(at->id);
  }
  return {};
}

result<void> set_required_evidence(policy& into, const json& value, std::string_view key) {
  const auto is_type = [](const json& each) {
    return each.is_string()
           && std::ranges::find(judged_evidence, each.get<std::string>()) != judged_evidence.end();
  };
  if (!value.is_array() || !std::ranges::all_of(value, is_type))
    return wrong(key, "an array of evidence types such as TPM Evidence; got " + value.dump());
  into.required_evidence = value.get<std::vector<std::string>>();
  return {};
}

result<void> set_snp(policy& into, const json& value, std::string_view) {
  auto read = read_snp_expectations(value);
  if (!read)
    return read.error();
  into.snp = *std::move(read);
  return {};
}

result<void> set_signers(policy& into, const json& value, std::string_view) {
  auto read = read_signer_conditions(value);
  if (!read)
    return read.error();
  into.signers = *std::move(read);
  return {};
}

result<void> set_metadata_age(policy& into, const json& value, std::string_view key) {
  if (!value.is_number_unsigned() || value < 1 || value > max_age_days)
    return wrong(key, "a number from 1 to " + std::to_string(max_age_days));
  into.maximum_metadata_age = std::chrono::days{value.get<std::uint64_t>()};
  return {};
}

result<void> set_intel(policy& into, const json& value, std::string_view) {
  auto read = read_intel_expectations(value);
  if (!read)
    return read.error();
  into.intel = *std::move(read);
  return {};
}

result<void> set_required_pcrs(policy& into, const json& value, std::string_view key) {
  const auto is_pcr = [](const json& each) {
    return each.is_number_unsigned() && each.get<std::uint64_t>() <= max_pcr;
  };
  if (!value.is_array() || !std::ranges::all_of(value, is_pcr))
    return wrong(key, "an array of PCR numbers");
  into.required_pcrs = value.get<std::set<std::uint8_t>>();
  return {};
}

/// Reads an object whose members are arrays of texts.
result<std::map<std::string, std::vector<std::string>, std::less<>>>
texts_by_name(const json& value, std::string_view key) {
  std::map<std::string, std::vector<std::string>, std::less<>> out;
  const auto is_text = [](const json& each) { return each.is_string(); };
  if (!value.is_object())
    return wrong(key, "an object of arrays of texts");
  for (const auto& [name, texts] : value.items()) {
    if (!texts.is_array() || !std::ranges::all_of(texts, is_text))
      return wrong(std::string{key} + "." + name, "an array of texts");
    out.emplace(name, texts.get<std::vector<std::string>>());
  }
  return out;
}

result<void> set_signer_policies(policy& into, const json& value, std::string_view key) {
  auto read = texts_by_name(value, key);
  if (!read)
    return read.error();
  for (const auto& [kind, oids] : *read) // of a kind that no item has it would demand nothing
    if (std::ranges::find(signed_kinds, kind) == signed_kinds.end())
      return wrong(key, "kinds of items such as Manifest; got " + kind);
  into.signer_policies = *std::move(read);
  return {};
}

/// Reads `TPM 0-7`, `TPM 10`, `SNP`.
std::optional<register_range> parse_range(const std::string& text) {
  const auto blank = std::min(text.find(' '), text.size());
  register_range out{text.substr(0, blank), 0, 0};
  constexpr std::array anchors = {"TPM", "TDX", "SNP", "SGX", "IAS", "SW"};
  if (std::ranges::find(anchors, out.anchor) == anchors.end())
    return std::nullopt;
  if (blank == text.size()) { // all that it has
    out.last = std::numeric_limits<std::uint64_t>::max();
    return out;
  }
  const auto* at = text.data() + blank + 1;
  const auto* const end = text.data() + text.size();
  auto read = std::from_chars(at, end, out.first);
  out.last = out.first;
  if (read.ec == std::errc{} && read.ptr != end && *read.ptr == '-')
    read = std::from_chars(read.ptr + 1, end, out.last);
  if (read.ec != std::errc{} || read.ptr != end || out.last < out.first)
    return std::nullopt;
  return out;
}

result<void> set_authority(policy& into, const json& value, std::string_view key) {
  const auto read = texts_by_name(value, key);
  if (!read)
    return read.error();
  into.authority.clear();
  for (const auto& [name, texts] : *read)
    for (auto& ranges = into.authority[name]; const auto& text : texts) {
      auto range = parse_range(text);
      if (!range)
        return wrong(std::string{key} + "." + name, "ranges such as TPM 0-7 or SNP; got " + text);
      ranges.push_back(*std::move(range));
    }
  return {};
}

result<void> set_status_age(policy& into, const json& value, std::string_view key) {
  constexpr std::uint64_t most = 10 * 365;
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most)
    return wrong(key, "a number of days");
  into.maximum_status_age = std::chrono::hours{24 * value.get<std::int64_t>()};
  return {};
}

const std::map<std::string, setter, std::less<>>& setters() {
  static const std::map<std::string, setter, std::less<>> table{
    {"name", set_name},
    {"version", set_version},
    {"notChecked", set_not_checked},
    {"requiredEvidence", set_required_evidence},
    {"acceptSoftwareEvidence", flag(&policy::accept_software_evidence)},
    {"acceptSimulatedEvidence", flag(&policy::accept_simulated_evidence)},
    {"snp", set_snp},
    {"intel", set_intel},
    {"collateralGraceHours", number(&policy::collateral_grace_hours, 0, 8'760)},
    {"separateRoots", flag(&policy::separate_roots)},
    {"requireSignerEku", flag(&policy::require_signer_eku)},
    {"requireAkEku", flag(&policy::require_ak_eku)},
    {"requireStatusEku", flag(&policy::require_status_eku)},
    {"minimumSigners", number(&policy::minimum_signers, 1, 16)},
    {"signerPolicies", set_signer_policies},
    {"requireStatus", flag(&policy::require_status)},
    {"maximumStatusAgeDays", set_status_age},
    {"authority", set_authority},
    {"firmwareByRootOnly", flag(&policy::firmware_by_root_only)},
    {"requireReferenceValues", flag(&policy::require_reference_values)},
    {"acceptProvisionedValues", flag(&policy::accept_provisioned_values)},
    {"requireCaFingerprints", flag(&policy::require_ca_fingerprints)},
    {"requiredPcrs", set_required_pcrs},
    {"acceptPcrSummary", flag(&policy::accept_pcr_summary)},
    {"minimumCertificationLevel", number(&policy::minimum_certification_level, 0, 1'000)},
    {"signers", set_signers},
    {"maximumMetadataAgeDays", set_metadata_age},
    {"minimumNonceBytes", number(&policy::minimum_nonce_bytes, 8, 64)},
    {"maximumNonceBytes", number(&policy::maximum_nonce_bytes, 8, 64)},
  };
  return table;
}

} // namespace

std::string id_of(const policy& of) {
  return of.version.empty() ? of.name : of.name + '@' + of.version;
}

result<policy> built_in_policy(std::string_view name) {
  if (name == policy{}.name)
    return policy{};
  if (name == cmc_compat)
    return make_cmc_compat();
  return error{errc::not_found, "policy: no built-in of this name"};
}

result<policy> parse_policy(std::string_view text) {
  const auto parsed = codec::parse_json(text, {.max_bytes = max_policy_bytes});
  if (!parsed)
    return parsed.error();
  if (!parsed->is_object())
    return error{errc::malformed, "policy: not an object"};
  const auto base = parsed->value("base", json(policy{}.name));
  auto out = built_in_policy(base.is_string() ? base.get<std::string>() : "");
  if (!out)
    return wrong("base", "default or cmc-compat; got " + base.dump());
  auto rules = *std::move(out);
  rules.name = "custom";
  rules.digest = hex(crypto::hash(hash_algorithm::sha256, to_bytes(text)).view());
  for (const auto& [key, value] : parsed->items()) {
    if (key == "base")
      continue;
    const auto at = setters().find(key);
    if (at == setters().end())
      return error{errc::unknown_key, "policy." + key};
    if (const auto set = at->second(rules, value, key); !set)
      return set.error();
  }
  if (rules.minimum_nonce_bytes > rules.maximum_nonce_bytes)
    return error{errc::conflict, "policy.minimumNonceBytes: more than maximumNonceBytes"};
  return rules;
}

} // namespace troth::appraisal
