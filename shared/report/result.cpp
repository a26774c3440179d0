#include "shared/report/result.hpp"

#include "shared/codec/cbor_sink.hpp"
#include "shared/codec/json_sink.hpp"
#include "shared/report/certificate_fields.hpp"
#include "shared/report/encoding.hpp"
#include "shared/report/metadata_fields.hpp"

#include <variant>

namespace troth::codec {

template <>
struct wire_form<report::status> {
  using type = std::string_view;

  static type write(report::status value) { return name(value); }
};

template <>
struct wire_form<report::outcome> {
  using type = std::string_view;

  static type write(report::outcome value) { return name(value); }
};

template <>
struct wire_form<report::error_code> {
  using type = std::uint64_t;

  static type write(report::error_code value) { return static_cast<std::uint64_t>(value); }
};

} // namespace troth::codec

namespace troth::report {

namespace {

constexpr std::string_view result_type = "Attestation Result";

} // namespace

/// Whom a result is about, or who gives it.
struct endpoint {
  std::string_view name;
};

/// What we say beyond the reference's format.
struct extra {
  const attestation_result& of;
};

void describe(auto& fields, const endpoint& x) {
  fields.optional({"hostname", 0}, x.name);
}

void describe(auto& fields, const check_result& x) {
  fields.required({"status"}, x.says); // has no number
  fields.optional({"got", 0}, x.got);
  fields.optional({"expected", 1}, x.expected);
  fields.optional({"expectedOneOf", 2}, x.expected_one_of);
  fields.optional({"errorCodes", 4}, x.error_codes);
  fields.optional({"details", 5}, x.details);
}

void describe(auto& fields, const digest_result& x) {
  static const component nothing;
  const auto& what = x.what != nullptr ? *x.what : nothing;
  const bytes value = x.value ? copy(x.value->view()) : bytes{};
  const auto hash_name = x.value ? name(x.value->algorithm()) : std::string_view{};
  fields.required({"success", 0}, x.success);
  fields.required({"launched", 1}, x.launched);
  fields.optional({"type", 2}, x.type);
  fields.optional({"name", 3}, what.name);
  fields.required({"index", 4}, x.index);
  fields.optional({"digest", 5}, codec::hexed(value));
  fields.optional({"hashAlg", 6}, hash_name);
  fields.optional({"description", 8}, what.description);
  fields.optional({"version", 11}, what.version);
  fields.optional({"purl", 12}, what.purl);
}

void describe(auto& fields, const signature_result& x) {
  fields.required({"signatureVerification", 0}, x.signature);
  fields.required({"certChainValidation", 1}, x.chain);
  fields.optional({"certs", 2}, x.certificates);
}

void describe(auto& fields, const tpm_result& x) {
  fields.required({"pcrMatch", 0}, x.pcr_match);
  fields.required({"aggPcrQuoteMatch", 1}, x.quote_match);
}

void describe(auto& fields, const version_check& x) {
  fields.required({"success", 0}, x.success);
  fields.required({"claimed", 1}, x.claimed);
  fields.required({"measured", 2}, x.measured);
}

void describe(auto& fields, const boolean_match& x) {
  fields.required({"success", 0}, x.success);
  fields.required({"claimed", 1}, x.claimed);
  fields.required({"measured", 2}, x.measured);
}

void describe(auto& fields, const snp_tcb_check& x) {
  fields.required({"result", 0}, x.summary);
  fields.required({"fmc", 1}, x.fmc);
  fields.required({"bl", 2}, x.boot_loader);
  fields.required({"tee", 3}, x.tee);
  fields.required({"snp", 4}, x.snp);
  fields.required({"ucode", 5}, x.microcode);
}

void describe(auto& fields, const snp_policy_check& x) {
  fields.required({"result", 0}, x.summary);
  fields.required({"abi", 1}, x.abi);
  fields.required({"smt", 2}, x.smt);
  fields.required({"migration", 3}, x.migration);
  fields.required({"debug", 4}, x.debug);
  fields.required({"singleSocket", 5}, x.single_socket);
}

void describe(auto& fields, const snp_result& x) {
  fields.required({"reportVersionMatch", 0}, x.version_match);
  fields.required({"fwCheck", 1}, x.firmware_check);
  fields.required({"tcbCheck", 2}, x.tcb_check);
  fields.required({"policyCheck", 3}, x.policy_check);
  fields.required({"extensionsCheck", 4}, x.extensions_check);
}

void describe(auto& fields, const tcb_level_result& x) {
  fields.required({"status", 5}, x.status);
  fields.required({"date", 6}, x.date);
  fields.required({"pceSvn", 7}, x.pce_svn);
  fields.required({"sgxComponents", 8}, x.sgx_components);
  fields.required({"tdxComponents", 9}, x.tdx_components);
}

void describe(auto& fields, const tcb_info_result& x) {
  fields.required({"summary", 0}, x.summary);
  fields.required({"id", 1}, x.id);
  fields.required({"version", 2}, x.version);
  fields.required({"tcbLevelResult", 3}, x.level);
}

void describe(auto& fields, const qe_report_result& x) {
  fields.required({"summary", 0}, x.summary);
  fields.required({"mrsigner", 1}, x.mr_signer);
  fields.required({"isvProdId", 2}, x.isv_prod_id);
  fields.required({"miscSelect", 3}, x.misc_select);
  fields.required({"attributes", 4}, x.attributes);
  fields.required({"status", 5}, x.status);
  fields.required({"date", 6}, x.date);
}

void describe(auto& fields, const sgx_attributes_check& x) {
  fields.required({"initted", 0}, x.initted);
  fields.required({"debug", 1}, x.debug);
  fields.required({"mode64Bit", 2}, x.mode_64_bit);
  fields.required({"provisionKey", 3}, x.provision_key);
  fields.required({"eInitToken", 4}, x.e_init_token);
  fields.required({"kss", 5}, x.kss);
  fields.required({"legacy", 6}, x.legacy);
  fields.required({"avx", 7}, x.avx);
}

void describe(auto& fields, const sgx_result& x) {
  fields.required({"quoteVersionMatch", 0}, x.version_match);
  fields.required({"tcbInfoCheck", 1}, x.tcb_info);
  fields.required({"qeReportCheck", 2}, x.qe_report);
  fields.required({"sgxAttributesCheck", 3}, x.attributes);
}

void describe(auto& fields, const td_attributes_check& x) {
  fields.required({"debug", 0}, x.debug);
  fields.required({"septVEDisable", 1}, x.sept_ve_disable);
  fields.required({"pks", 2}, x.pks);
  fields.required({"kl", 3}, x.kl);
}

void describe(auto& fields, const tdx_result& x) {
  fields.required({"quoteVersionMatch", 0}, x.version_match);
  fields.required({"tcbInfoCheck", 1}, x.tcb_info);
  fields.required({"qeReportCheck", 2}, x.qe_report);
  fields.required({"tdAttributesCheck", 3}, x.attributes);
  fields.required({"seamAttributesCheck", 4}, x.seam_attributes);
  fields.required({"xfamCheck", 5}, x.xfam);
  fields.required({"mrMatch", 6}, x.mr_match);
}

void describe(auto& fields, const measurement_result& x) {
  fields.required({"type", 0}, x.type);
  fields.required({"summary", 1}, x.summary);
  fields.required({"freshness", 2}, x.freshness);
  fields.required({"signature", 3}, x.signature);
  fields.optional({"artifacts", 4}, x.artifacts);
  fields.optional({"tpmResult", 5}, x.tpm);
  fields.optional({"snpResult", 6}, x.snp);
  fields.optional({"sgxResult", 7}, x.sgx);
  fields.optional({"tdxResult", 8}, x.tdx);
}

void describe(auto& fields, const metadata_result& x) {
  if (x.item)
    std::visit([&](const auto& item) { describe(fields, item); }, *x.item);
  else
    fields.required({"type", 0}, std::string_view{});
  fields.required({"summary", 40}, x.summary);
  fields.required({"validityCheck", 41}, x.validity);
  fields.optional({"signatureValidation", 42}, x.signatures);
  fields.optional({"manifestHash", 50}, x.hash);
  fields.optional({"omspValidity", 51}, x.status_validity);
  fields.optional({"omspStatus", 52}, x.status);
  fields.optional({"revocationTime", 53}, x.revocation_time);
  fields.optional({"revocationReason", 54}, x.revocation_reason);
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
  fields.optional({"omspSignatureResults", 5}, x.statuses);
}

void describe(auto& fields, const finding& x) {
  fields.required({"rule", 0}, x.rule);
  fields.required({"outcome", 1}, x.says);
  fields.optional({"subject", 2}, x.subject);
  fields.optional({"code", 3}, x.code);
  fields.optional({"got", 4}, x.got);
  fields.optional({"expected", 5}, x.expected);
  fields.optional({"clause", 6}, x.clause);
  fields.optional({"detail", 7}, x.detail);
}

void describe(auto& fields, const extra& x) {
  fields.required({"policy", 0}, x.of.policy);
  fields.required({"freshness", 1}, x.of.freshness_source);
  fields.required({"callerInputs", 2}, x.of.caller_inputs);
  fields.required({"findings", 3}, x.of.findings);
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
  fields.required({"troth"}, extra{x});
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
  return {};
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
  return {};
}

bytes write_result(const attestation_result& value, encoding as) {
  return write_as(value, as);
}

} // namespace troth::report
