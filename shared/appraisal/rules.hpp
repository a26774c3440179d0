#pragma once

#include "shared/report/result.hpp"

#include <span>
#include <string_view>

namespace troth::appraisal {

/// A check that appraisal makes, and where it is asked for.
struct rule {
  std::string_view id;     ///< Stable, e.g. `tpm.nonce`: the API.
  std::string_view clause; ///< Specification, part, section.
  report::error_code code; ///< cmc's number for its failure.
  bool may_be_skipped;     ///< Whether a policy may name it in `notChecked`.
};

namespace rules {

using report::error_code;

inline constexpr std::string_view cmc_report = "cmc attestation report 3.3.0";
inline constexpr std::string_view cmc_metadata = "cmc metadata, layering";

// The report and its context.
inline constexpr rule report_format{"report.format", cmc_report, error_code::parse_ar, false};
inline constexpr rule context_hash{"context.hash", "cmc attestation report 3.3.0, Context.alg",
                                   error_code::unsupported_context_hash_alg, false};
inline constexpr rule context_nonce{"context.nonce", "RFC 9334, 10.1 (freshness by nonce)",
                                    error_code::freshness, false};

// Which evidence there is.
inline constexpr rule evidence_present{"evidence.present", "RFC 9334, 8.1 (evidence)",
                                       error_code::not_present, false};
inline constexpr rule evidence_required{"evidence.required", "policy, requiredEvidence",
                                        error_code::not_present, true};
inline constexpr rule evidence_known{"evidence.known",
                                     "cmc attestation report 3.3.0, Evidence.type",
                                     error_code::evidence_type, false};
inline constexpr rule evidence_unique{"evidence.unique",
                                      "cmc attestation report 3.3.0, Evidence.type",
                                      error_code::verify_evidence, false};
inline constexpr rule evidence_simulated{"evidence.simulated", "policy, acceptSimulatedEvidence",
                                         error_code::evidence_type, false};
inline constexpr rule evidence_collateral{"evidence.collateral",
                                          "cmc attestation report 3.3.0, Collateral.type",
                                          error_code::collateral_not_present, false};
inline constexpr rule collateral_stale{"collateral.stale", "policy, collateralGraceHours",
                                       error_code::expired, true};

// Metadata, item by item.
inline constexpr rule metadata_digest{"metadata.digest",
                                      "cmc attestation report 3.3.0, Context.digests",
                                      error_code::verify_metadata, false};
inline constexpr rule metadata_format{"metadata.format", cmc_metadata, error_code::parse_metadata,
                                      false};
inline constexpr rule metadata_signature{"metadata.signature", "RFC 7515, 5.2; RFC 9052, 4.4",
                                         error_code::verify_signature, false};
inline constexpr rule metadata_chain{"metadata.chain", "RFC 5280, 6", error_code::verify_cert_chain,
                                     false};
inline constexpr rule metadata_signer_role{"metadata.signer_role",
                                           "RFC 5280, 4.2.1.12; one role a certificate",
                                           error_code::verify_cert_chain, false};
inline constexpr rule metadata_signer_policy{"metadata.signer_policy",
                                             "RFC 5280, 4.2.1.4; policy, signerPolicies",
                                             error_code::verify_metadata, false};
inline constexpr rule metadata_signers{"metadata.signers", "policy, minimumSigners",
                                       error_code::verify_metadata, false};
inline constexpr rule metadata_validity{"metadata.validity", cmc_metadata, error_code::expired,
                                        true};
inline constexpr rule metadata_kind{"metadata.kind", cmc_metadata, error_code::unknown_metadata,
                                    true};

// Whether a manifest is still good.
inline constexpr std::string_view cmc_status = "cmc metadata, OMSP";
inline constexpr rule metadata_status{"metadata.status", cmc_status,
                                      error_code::manifest_revocation_unknown, true};
inline constexpr rule metadata_revoked{"metadata.status", cmc_status, error_code::manifest_revoked,
                                       true};
inline constexpr rule metadata_outdated{"metadata.status", cmc_status,
                                        error_code::manifest_outdated, true};
inline constexpr rule metadata_status_time{"metadata.status_time", cmc_status, error_code::expired,
                                           true};
inline constexpr rule metadata_status_early{"metadata.status_time", cmc_status,
                                            error_code::not_yet_valid, true};
inline constexpr rule metadata_version{"metadata.version", "cmc metadata, version: the newest wins",
                                       error_code::verify_metadata, true};

// Metadata together.
inline constexpr rule metadata_image{"metadata.image_description", cmc_metadata,
                                     error_code::image_description_not_present, false};
inline constexpr rule metadata_root{"metadata.root_manifest", cmc_metadata,
                                    error_code::no_root_manifest, false};
inline constexpr rule metadata_roots{"metadata.root_manifest", cmc_metadata,
                                     error_code::multiple_root_manifests, false};
inline constexpr rule metadata_names{"metadata.unique_names", cmc_metadata,
                                     error_code::verify_metadata, false};
inline constexpr rule metadata_described{"metadata.described", cmc_metadata,
                                         error_code::verify_metadata, false};
inline constexpr rule metadata_layers{"metadata.layers", cmc_metadata, error_code::verify_metadata,
                                      false};
inline constexpr rule certification_level{"metadata.certification_level",
                                          "policy, minimumCertificationLevel",
                                          error_code::invalid_cert_level, false};
inline constexpr rule policy_signers{"policy.signers", "policy, signers",
                                     error_code::verify_policies, true};
inline constexpr rule policy_metadata_age{"policy.metadata_age", "policy, maximumMetadataAgeDays",
                                          error_code::expired, true};
inline constexpr rule reference_known{"reference.trust_anchor",
                                      "cmc attestation report 3.3.0, Component, cmc.ta",
                                      error_code::ref_val_type, false};
inline constexpr rule reference_authority{"reference.authority",
                                          "policy, authority; RFC 9334, 8.3 (who vouches for it)",
                                          error_code::ref_val_type, true};
inline constexpr rule reference_covered{"reference.evidence", "RFC 9334, 8.3 (reference values)",
                                        error_code::not_present, true};

// TPM.
inline constexpr rule tpm_format{"tpm.format", "TPM 2.0 Part 2, 10.12.12 TPMS_ATTEST",
                                 error_code::parse_evidence, false};
inline constexpr rule tpm_signature_format{"tpm.signature_format",
                                           "TPM 2.0 Part 2, 11.3.4 TPMT_SIGNATURE",
                                           error_code::parse_evidence, false};
inline constexpr rule tpm_ak_certificate{"tpm.ak_certificate", "RFC 5280, 4.1",
                                         error_code::parse_key, false};
inline constexpr rule tpm_ak_chain{"tpm.ak_chain", "RFC 5280, 6; TCG EK Credential Profile, 3.2.16",
                                   error_code::verify_cert_chain, false};
inline constexpr rule tpm_ak_role{"tpm.ak_role", "RFC 5280, 4.2.1.9 (an AK is no CA)",
                                  error_code::verify_cert_chain, false};
inline constexpr rule tpm_ca_fingerprint{"tpm.ca_fingerprint", "cmc metadata, caFingerprints",
                                         error_code::ca_fingerprint, true};
inline constexpr rule tpm_signature{"tpm.signature", "TPM 2.0 Part 3, 18.4 TPM2_Quote",
                                    error_code::verify_signature, false};
inline constexpr rule tpm_nonce{"tpm.nonce", "TPM 2.0 Part 2, 10.12.12 TPMS_ATTEST.extraData",
                                error_code::freshness, false};
inline constexpr rule tpm_bank{"tpm.bank", "TPM 2.0 Part 2, 10.12.4 TPMS_QUOTE_INFO.pcrSelect",
                               error_code::unsupported_algorithm, false};
inline constexpr rule tpm_selection{"tpm.selection",
                                    "TPM 2.0 Part 2, 10.12.4 TPMS_QUOTE_INFO.pcrSelect",
                                    error_code::pcr_not_specified, false};
inline constexpr rule tpm_required_pcrs{"tpm.required_pcrs", "policy, requiredPcrs",
                                        error_code::pcr_not_specified, true};
inline constexpr rule tpm_artifact{"tpm.artifact", "cmc attestation report 3.3.0, Artifact.type",
                                   error_code::verify_measurement, false};
inline constexpr rule tpm_initial_value{
  "tpm.initial_value", "TCG PC Client Platform Firmware Profile, 2.3.1 and 10.4.5.3",
  error_code::verify_measurement, false};
inline constexpr rule tpm_event{"tpm.event", "RFC 9334, 8.3 (reference values)",
                                error_code::ref_val_no_match, false};
inline constexpr rule tpm_event_content{"tpm.event_content",
                                        "TCG PC Client Platform Firmware Profile, 10.4; "
                                        "Linux IMA templates",
                                        error_code::verify_measurement, true};
inline constexpr rule tpm_violation{"tpm.ima_violation", "Linux IMA, measurement violations",
                                    error_code::verify_measurement, true};
inline constexpr rule tpm_reference{"tpm.reference", "RFC 9334, 8.3 (reference values)",
                                    error_code::ref_val_not_present, false};
inline constexpr rule tpm_pcr_digest{"tpm.pcr_digest",
                                     "TPM 2.0 Part 2, 10.12.4 TPMS_QUOTE_INFO.pcrDigest",
                                     error_code::verify_measurement, false};

// Software evidence.
inline constexpr rule sw_accepted{"sw.accepted", "policy, acceptSoftwareEvidence",
                                  error_code::evidence_type, false};
inline constexpr rule sw_format{"sw.format", "cmc attestation report 3.3.0, SwEvidence",
                                error_code::parse_evidence, false};
inline constexpr rule sw_key{"sw.key", "cmc attestation report 3.3.0, Collateral.key",
                             error_code::parse_key, false};
inline constexpr rule sw_signature{"sw.signature", "RFC 7515, 5.2; RFC 9052, 4.4",
                                   error_code::verify_signature, false};
inline constexpr rule sw_nonce{"sw.nonce", "cmc attestation report 3.3.0, SwEvidence.nonce",
                               error_code::freshness, false};
inline constexpr rule sw_artifact{"sw.artifact", "cmc attestation report 3.3.0, Artifact.type",
                                  error_code::verify_measurement, false};
inline constexpr rule sw_event{"sw.event", "RFC 9334, 8.3 (reference values)",
                               error_code::ref_val_no_match, false};
inline constexpr rule sw_reference{"sw.reference", "RFC 9334, 8.3 (reference values)",
                                   error_code::ref_val_not_present, false};
inline constexpr rule sw_aggregate{"sw.aggregate",
                                   "cmc attestation report 3.3.0, SwEvidence.sha256",
                                   error_code::verify_aggregated_sw_hash, false};

} // namespace rules

/// Returns every rule there is, in no order that matters.
std::span<const rule> all_rules();

} // namespace troth::appraisal
