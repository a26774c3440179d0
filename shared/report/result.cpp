#include "shared/report/result.hpp"

#include "shared/codec/fields.hpp"
#include "shared/report/certificate_fields.hpp"
#include "shared/report/encoding.hpp"

// cmc's result 3.4.0. The reference gives a status no number: its name is its key in CBOR too.

namespace troth::codec {

template <>
struct wire_form<report::status> {
  using type = std::string_view;
  static type write(const report::status& value) { return report::name(value); }
};

template <>
struct wire_form<report::outcome> {
  using type = std::string_view;
  static type write(const report::outcome& value) { return report::name(value); }
};

template <>
struct wire_form<report::error_code> {
  using type = std::uint64_t;
  static type write(const report::error_code& value) { return static_cast<std::uint64_t>(value); }
};

} // namespace troth::codec

namespace troth::report {

namespace {

constexpr std::string_view result_type = "Attestation Result";

} // namespace

struct endpoint {
  const std::string& hostname;
};

/// What we say beyond the reference's format.
struct beyond {
  const attestation_result& whole;
};

void describe(auto& fields, const check_result& x) {
  fields.required({"status"}, x.says);
  fields.optional({"got", 0}, x.got);
  fields.optional({"expected", 1}, x.expected);
  fields.optional({"expectedOneOf", 2}, x.expected_one_of);
  fields.optional({"errorCodes", 4}, x.error_codes);
  fields.optional({"details", 5}, x.details);
}

void describe(auto& fields, const endpoint& x) {
  fields.optional({"hostname", 0}, x.hostname);
}

void describe(auto& fields, const digest_result& x) {
  const bytes value = x.value ? copy(x.value->view()) : bytes{};
  const auto hash_name = x.value ? name(x.value->algorithm()) : std::string_view{};
  fields.required({"success", 0}, x.success);
  fields.required({"launched", 1}, x.launched);
  fields.optional({"type", 2}, x.type);
  fields.optional({"name", 3}, x.name);
  fields.required({"index", 4}, x.index);
  fields.optional({"digest", 5}, codec::hexed(value));
  fields.optional({"hashAlg", 6}, hash_name);
  fields.optional({"measured", 7}, x.measured);
  fields.optional({"description", 8}, x.description);
  fields.optional({"version", 11}, x.version);
  fields.optional({"purl", 12}, x.purl);
}

void describe(auto& fields, const signature_result& x) {
  std::vector<std::vector<shown_certificate>> shown;
  for (const auto& chain : x.certificates) {
    shown.emplace_back();
    for (const auto& certificate : chain)
      shown.back().push_back(show(certificate));
  }
  fields.required({"signatureVerification", 0}, x.signature);
  fields.required({"certChainValidation", 1}, x.chain);
  fields.optional({"certs", 2}, shown);
}

void describe(auto& fields, const tpm_result& x) {
  fields.required({"pcrMatch", 0}, x.pcr_match);
  fields.required({"aggPcrQuoteMatch", 1}, x.quote_match);
}

void describe(auto& fields, const measurement_result& x) {
  fields.required({"type", 0}, x.type);
  fields.required({"summary", 1}, x.summary);
  fields.required({"freshness", 2}, x.freshness);
  fields.required({"signature", 3}, x.signature);
  fields.optional({"artifacts", 4}, x.artifacts);
  fields.optional({"tpmResult", 5}, x.tpm);
}

void describe(auto& fields, const metadata_result& x) {
  fields.required({"summary", 40}, x.summary);
  fields.required({"validityCheck", 41}, x.validity);
  fields.optional({"signatureValidation", 42}, x.signatures);
  fields.optional({"manifestHash", 50}, x.hash);
}

void describe(auto& fields, const compatibility_result& x) {
  fields.required({"result", 0}, x.summary);
  fields.optional({"descriptionMatch", 1}, x.description_match);
  fields.optional({"manifestMatch", 2}, x.manifest_match);
  fields.optional({"manifestCompatibility", 3}, x.manifest_compatibility);
}

void describe(auto& fields, const metadata_summary& x) {
  fields.required({"imageDescriptionResult", 0}, x.image_description);
  fields.required({"manifestResults", 1}, x.manifests);
  fields.optional({"companyDescriptionResult", 2}, x.company_description);
  fields.optional({"unknownResults", 3}, x.unknown);
  fields.required({"compatibilityResult", 4}, x.compatibility);
}

void describe(auto& fields, const finding& x) {
  fields.optional({"got"}, x.got);
  fields.optional({"code"}, x.code);
  fields.required({"rule"}, x.rule);
  fields.required({"clause"}, x.clause);
  fields.optional({"detail"}, x.detail);
  fields.required({"outcome"}, x.says);
  fields.required({"subject"}, x.subject);
  fields.optional({"expected"}, x.expected);
}

void describe(auto& fields, const beyond& x) {
  fields.required({"policy"}, x.whole.policy);
  fields.required({"findings"}, x.whole.findings);
  fields.required({"freshness"}, x.whole.freshness_source);
  fields.required({"callerInputs"}, x.whole.caller_inputs);
}

void describe(auto& fields, const attestation_result& x) {
  fields.constant({"version", 0}, result_version);
  fields.constant({"type", 1}, result_type);
  fields.required({"summary", 2}, x.summary);
  fields.required({"prover", 3}, endpoint{x.prover_name});
  fields.required({"verifier", 4}, endpoint{x.verifier_name});
  fields.required({"created", 5}, format_time_ns(x.created));
  fields.required({"freshness", 6}, x.freshness);
  fields.required({"certLevel", 7}, x.certification_level);
  fields.required({"measurements", 8}, x.measurements);
  fields.required({"metadata", 9}, x.metadata);
  fields.required({"troth"}, beyond{x});
}

std::string_view name(status value) noexcept {
  switch (value) {
  case status::fail:
    return "fail";
  case status::warn:
    return "warn";
  case status::success:
    return "success";
  }
  return "fail";
}

std::string_view name(outcome value) noexcept {
  switch (value) {
  case outcome::fail:
    return "fail";
  case outcome::warn:
    return "warn";
  case outcome::pass:
    return "pass";
  case outcome::not_checked:
    return "not_checked";
  }
  return "fail";
}

bytes write_result(const attestation_result& value, encoding as) {
  return write_as(value, as);
}

} // namespace troth::report
