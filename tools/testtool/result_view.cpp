#include "tools/testtool/result_view.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace troth::testtool {

namespace {

using nlohmann::json;

const json& member(const json& object, const char* key) {
  static const json nothing;
  if (!object.is_object())
    return nothing;
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}

std::string text(const json& object, const char* key) {
  const auto& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string{};
}

std::uint64_t number(const json& object, const char* key) {
  const auto& value = member(object, key);
  const auto is_natural = value.is_number_integer() && value.get<std::int64_t>() >= 0;
  return is_natural ? value.get<std::uint64_t>() : 0;
}

bool is_true(const json& object, const char* key) {
  const auto& value = member(object, key);
  return value.is_boolean() && value.get<bool>();
}

const json& elements(const json& object, const char* key) {
  static const json none = json::array();
  const auto& value = member(object, key);
  return value.is_array() ? value : none;
}

std::vector<std::string> texts(const json& object, const char* key) {
  std::vector<std::string> out;
  for (const auto& each : elements(object, key))
    if (each.is_string())
      out.push_back(each.get<std::string>());
  return out;
}

check_view read_check(const json& from) {
  check_view out{
    text(from, "status"), text(from, "got"), text(from, "expected"), text(from, "details"), {}};
  for (const auto& each : texts(from, "expectedOneOf"))
    out.expected += (out.expected.empty() ? "" : " or ") + each;
  for (const auto& each : elements(from, "errorCodes"))
    if (each.is_number_integer())
      out.error_codes.push_back(each.get<std::int64_t>());
  return out;
}

/// A subject or issuer: cmc's object of lists, of which the common name is what people know.
std::string read_name(const json& from) {
  if (from.is_string())
    return from.get<std::string>();
  const auto common = text(from, "commonName");
  const auto units = texts(from, "organization");
  return !common.empty() || units.empty() ? common : units.front();
}

signature_view read_signature(const json& from) {
  signature_view out;
  out.signature = read_check(member(from, "signatureVerification"));
  out.chain = read_check(member(from, "certChainValidation"));
  const auto& chains = elements(from, "certs");
  if (!chains.empty() && chains[0].is_array() && !chains[0].empty()) {
    out.signer = read_name(member(chains[0][0], "subject"));
    out.issuer = read_name(member(chains[0][0], "issuer"));
  }
  return out;
}

measured_view read_measured(const json& from) {
  measured_view out;
  out.name = text(from, "name");
  out.algorithm = text(from, "hashAlg");
  out.digest = text(from, "digest");
  out.description = text(from, "description");
  if (is_true(from, "success"))
    out.is = measured_view::kind::matched;
  else if (!is_true(from, "launched"))
    out.is = measured_view::kind::not_measured;
  return out;
}

measurement_view read_measurement(const json& from) {
  measurement_view out;
  out.type = text(from, "type");
  out.summary = read_check(member(from, "summary"));
  out.freshness = read_check(member(from, "freshness"));
  out.signature = read_signature(member(from, "signature"));
  const auto& tpm = member(from, "tpmResult");
  out.quoted_registers = read_check(member(tpm, "aggPcrQuoteMatch"));
  std::map<std::uint64_t, register_view> registers;
  for (const auto& each : elements(tpm, "pcrMatch")) {
    auto& into = registers[number(each, "index")];
    into.value = text(each, "digest");
    into.is_as_expected = is_true(each, "success");
  }
  for (const auto& each : elements(from, "artifacts"))
    registers[number(each, "index")].measured.push_back(read_measured(each));
  for (auto& [index, each] : registers) {
    each.index = index;
    out.registers.push_back(std::move(each));
  }
  return out;
}

metadata_view read_metadata(const json& from, std::string_view kind) {
  metadata_view out;
  out.kind = text(from, "type");
  if (out.kind.empty())
    out.kind = kind;
  out.name = text(from, "name");
  out.version = text(from, "version");
  out.summary = read_check(member(from, "summary"));
  out.validity = read_check(member(from, "validityCheck"));
  for (const auto& each : elements(from, "signatureValidation"))
    out.signatures.push_back(read_signature(each));
  return out;
}

std::vector<metadata_view> read_all_metadata(const json& from) {
  std::vector<metadata_view> out;
  out.push_back(read_metadata(member(from, "imageDescriptionResult"), "Image Description"));
  for (const auto& each : elements(from, "manifestResults"))
    out.push_back(read_metadata(each, "Manifest"));
  if (member(from, "companyDescriptionResult").is_object())
    out.push_back(read_metadata(member(from, "companyDescriptionResult"), "Company Description"));
  for (const auto& each : elements(from, "unknownResults"))
    out.push_back(read_metadata(each, "Unknown"));
  return out;
}

std::vector<check_view> read_compatibility(const json& from) {
  std::vector<check_view> out{read_check(member(from, "result"))};
  for (const auto* list : {"descriptionMatch", "manifestMatch", "manifestCompatibility"})
    for (const auto& each : elements(from, list))
      out.push_back(read_check(each));
  std::erase_if(out, [](const auto& each) { return each.status == "success"; });
  return out;
}

finding_view read_finding(const json& from) {
  return {text(from, "rule"), text(from, "outcome"),  text(from, "subject"), text(from, "code"),
          text(from, "got"),  text(from, "expected"), text(from, "clause"),  text(from, "detail")};
}

} // namespace

std::string_view name(verdict value) noexcept {
  switch (value) {
  case verdict::success:
    return "success";
  case verdict::warn:
    return "warn";
  case verdict::fail:
    break;
  }
  return "fail";
}

verdict verdict_named(std::string_view status) noexcept {
  return status == "success" ? verdict::success : status == "warn" ? verdict::warn : verdict::fail;
}

std::size_t register_view::count(measured_view::kind wanted) const {
  return static_cast<std::size_t>(std::ranges::count(measured, wanted, &measured_view::is));
}

std::vector<std::string> rules_that_failed(const std::vector<finding_view>& findings) {
  std::vector<std::string> out;
  for (const auto& each : findings)
    if (each.outcome == "fail" && std::ranges::find(out, each.rule) == out.end())
      out.push_back(each.rule);
  return out;
}

result_view read_result(const json& result) {
  result_view out;
  out.summary = read_check(member(result, "summary"));
  out.says = verdict_named(out.summary.status);
  out.prover = text(member(result, "prover"), "hostname");
  out.verifier = text(member(result, "verifier"), "hostname");
  out.created = text(result, "created");
  out.freshness = read_check(member(result, "freshness"));
  out.certification_level = number(result, "certLevel");
  for (const auto& each : elements(result, "measurements"))
    out.measurements.push_back(read_measurement(each));
  const auto& metadata = member(result, "metadata");
  out.metadata = read_all_metadata(metadata);
  out.compatibility = read_compatibility(member(metadata, "compatibilityResult"));
  const auto& ours = member(result, "troth");
  out.policy = text(ours, "policy");
  out.freshness_source = text(ours, "freshness");
  out.caller_inputs = texts(ours, "callerInputs");
  for (const auto& each : elements(ours, "findings"))
    out.findings.push_back(read_finding(each));
  return out;
}

} // namespace troth::testtool
