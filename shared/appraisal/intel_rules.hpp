#pragma once

#include "shared/appraisal/rules.hpp"

// What is asked of an Intel platform, and of the enclave or trust domain on it. "Intel QVL" is
// the SGX and TDX DCAP Quote Verification Library, whose clauses are Intel's rules.

namespace troth::appraisal::rules {

inline constexpr std::string_view intel_quote_format
  = "Intel DCAP Quoting Library API, A.3 and A.4";
inline constexpr std::string_view intel_pck_profile
  = "Intel SGX PCK Certificate and CRL Profile Specification 1.5";
inline constexpr std::string_view intel_tcb_api = "Intel PCS API v4, Get TCB Info";
inline constexpr std::string_view intel_identity_api = "Intel PCS API v4, Get QE Identity";
inline constexpr std::string_view intel_owner = "policy, intel";
inline constexpr std::string_view sgx_report = "Intel SDM volume 3D, 34.14 REPORT";
inline constexpr std::string_view sgx_attribute = "Intel SDM volume 3D, 34.7.1 ATTRIBUTES";
inline constexpr std::string_view sgx_policy_clause = "cmc metadata, sgxPolicy";
inline constexpr std::string_view td_body
  = "Intel TDX DCAP Quoting Library API, A.3.2 TD Quote Body";
inline constexpr std::string_view td_attribute_clause
  = "Intel TDX Module ABI Specification, ATTRIBUTES";
inline constexpr std::string_view tdx_policy_clause = "cmc metadata, tdxPolicy";

// Who signed.
inline constexpr rule intel_pck{"intel.pck", intel_pck_profile, error_code::parse_extensions,
                                false};
inline constexpr rule intel_pck_chain{"intel.pck_chain", intel_pck_profile,
                                      error_code::verify_pck_chain, false};
inline constexpr rule intel_pck_ca{"intel.pck_ca", intel_pck_profile, error_code::verify_pck_chain,
                                   false};
inline constexpr rule intel_pck_identity{"intel.pck_identity", intel_quote_format,
                                         error_code::verify_pck_chain, false};
inline constexpr rule intel_ca_fingerprint{"intel.ca_fingerprint", "cmc metadata, caFingerprints",
                                           error_code::ca_fingerprint, true};
inline constexpr rule intel_qe_vendor{"intel.qe_vendor", intel_quote_format,
                                      error_code::verify_evidence, false};
inline constexpr rule intel_qe_report{"intel.qe_report", "Intel QVL, 4.1.2.4.13",
                                      error_code::verify_signature, false};
inline constexpr rule intel_attestation_key{"intel.attestation_key", "Intel QVL, 4.1.2.4.14",
                                            error_code::verify_signature, false};
inline constexpr rule intel_signature{"intel.signature", "Intel QVL, 4.1.2.4.16",
                                      error_code::verify_signature, false};
inline constexpr rule intel_report_data{"intel.report_data", intel_quote_format,
                                        error_code::freshness, false};

// What Intel says of the platform.
inline constexpr rule intel_collateral{"intel.collateral",
                                       "cmc attestation report 3.3.0, IntelCollateral",
                                       error_code::collateral_not_present, false};
inline constexpr rule intel_tcb_info{"intel.tcb_info", intel_tcb_api, error_code::parse_tcb_info,
                                     false};
inline constexpr rule intel_tcb_chain{"intel.tcb_info_chain", intel_tcb_api,
                                      error_code::verify_tcb_chain, false};
inline constexpr rule intel_tcb_signature{"intel.tcb_info_signature", intel_tcb_api,
                                          error_code::verify_tcb_info, false};
inline constexpr rule intel_tcb_id{"intel.tcb_info_id", intel_tcb_api, error_code::verify_tcb_info,
                                   false};
inline constexpr rule intel_tcb_validity{"intel.tcb_info_validity", intel_tcb_api,
                                         error_code::tcb_info_expired, false};
inline constexpr rule intel_fmspc{"intel.fmspc", intel_tcb_api, error_code::sgx_fmspc_mismatch,
                                  false};
inline constexpr rule intel_pce_id{"intel.pce_id", intel_tcb_api, error_code::sgx_pceid_mismatch,
                                   false};
inline constexpr rule intel_qe_identity{"intel.qe_identity", intel_identity_api,
                                        error_code::parse_qe_identity, false};
inline constexpr rule intel_qe_chain{"intel.qe_identity_chain", intel_identity_api,
                                     error_code::verify_qe_identity, false};
inline constexpr rule intel_qe_signature{"intel.qe_identity_signature", intel_identity_api,
                                         error_code::verify_qe_identity, false};
inline constexpr rule intel_qe_id{"intel.qe_identity_id", intel_identity_api,
                                  error_code::verify_qe_identity, false};
inline constexpr rule intel_qe_validity{"intel.qe_identity_validity", intel_identity_api,
                                        error_code::expired, false};
inline constexpr rule intel_evaluation{"intel.evaluation_number", intel_owner,
                                       error_code::verify_tcb_info, true};
inline constexpr rule intel_root_crl{"intel.root_crl", intel_pck_profile,
                                     error_code::crl_check_root, false};
inline constexpr rule intel_pck_crl{"intel.pck_crl", intel_pck_profile, error_code::crl_check_pck,
                                    false};
inline constexpr rule intel_qe{"intel.qe", "Intel QVL, 4.1.2.9 (enclave report)",
                               error_code::verify_qe_identity, false};
inline constexpr rule intel_tcb_level{"intel.tcb_level", "Intel QVL, 4.1.2.4.17",
                                      error_code::tcb_level_unsupported, false};
inline constexpr rule intel_tcb_status{"intel.tcb_status", "Intel QVL, 4.1.2.4.17",
                                       error_code::tcb_level_unsupported, false};
inline constexpr rule intel_revoked{"intel.tcb_revoked", "Intel QVL, 4.1.2.4.17",
                                    error_code::tcb_level_revoked, false};
inline constexpr rule intel_advisory{"intel.advisory", intel_owner, error_code::verify_policies,
                                     true};

// An enclave.
inline constexpr rule sgx_format{"sgx.format", intel_quote_format, error_code::parse_evidence,
                                 false};
inline constexpr rule sgx_policy_present{"sgx.policy", sgx_policy_clause,
                                         error_code::policy_not_present, false};
inline constexpr rule sgx_version{"sgx.version", sgx_policy_clause, error_code::invalid_version,
                                  false};
inline constexpr rule sgx_mr_enclave{"sgx.mr_enclave", "RFC 9334, 8.3 (reference values)",
                                     error_code::ref_val_no_match, false};
inline constexpr rule sgx_reference{"sgx.reference", "RFC 9334, 8.3 (reference values)",
                                    error_code::ref_val_not_present, false};
inline constexpr rule sgx_mr_signer{"sgx.mr_signer", sgx_policy_clause,
                                    error_code::verify_measurement, false};
inline constexpr rule sgx_isv_svn{"sgx.isv_svn", sgx_policy_clause, error_code::verify_measurement,
                                  false};
inline constexpr rule sgx_isv_prod_id{"sgx.isv_prod_id", intel_owner,
                                      error_code::verify_measurement, true};
inline constexpr rule sgx_config_id{"sgx.config_id", intel_owner, error_code::verify_measurement,
                                    true};
inline constexpr rule sgx_init{"sgx.init", sgx_attribute, error_code::verify_policies, false};
inline constexpr rule sgx_debug{"sgx.debug", sgx_attribute, error_code::verify_policies, false};
inline constexpr rule sgx_mode64{"sgx.mode64", sgx_attribute, error_code::verify_policies, false};
inline constexpr rule sgx_provision_key{"sgx.provision_key", sgx_attribute,
                                        error_code::verify_policies, false};
inline constexpr rule sgx_einittoken_key{"sgx.einittoken_key", sgx_attribute,
                                         error_code::verify_policies, false};
inline constexpr rule sgx_kss{"sgx.kss", sgx_attribute, error_code::verify_policies, false};
inline constexpr rule sgx_xfrm{"sgx.xfrm", sgx_attribute, error_code::verify_policies, false};
inline constexpr rule sgx_reserved{"sgx.attributes_reserved", sgx_attribute,
                                   error_code::verify_policies, false};
inline constexpr rule sgx_misc_select{"sgx.misc_select", sgx_report, error_code::verify_policies,
                                      true};

// A trust domain.
inline constexpr rule tdx_format{"tdx.format", intel_quote_format, error_code::parse_evidence,
                                 false};
inline constexpr rule tdx_policy_present{"tdx.policy", tdx_policy_clause,
                                         error_code::policy_not_present, false};
inline constexpr rule tdx_version{"tdx.version", tdx_policy_clause, error_code::invalid_version,
                                  false};
inline constexpr rule tdx_module{"tdx.module", "Intel QVL, 4.1.2.4.17.4",
                                 error_code::tdx_verification, false};
inline constexpr rule tdx_mr_signer_seam{"tdx.mr_signer_seam", "Intel QVL, 4.1.2.4.9",
                                         error_code::tdx_verification, false};
inline constexpr rule tdx_seam_attributes{"tdx.seam_attributes", "Intel QVL, 4.1.2.4.9",
                                          error_code::tdx_verification, false};
inline constexpr rule tdx_mr_owner{"tdx.mr_owner", tdx_policy_clause,
                                   error_code::verify_measurement, false};
inline constexpr rule tdx_mr_owner_config{"tdx.mr_owner_config", tdx_policy_clause,
                                          error_code::verify_measurement, false};
inline constexpr rule tdx_mr_config_id{"tdx.mr_config_id", tdx_policy_clause,
                                       error_code::verify_measurement, false};
inline constexpr rule tdx_service_td{"tdx.mr_service_td", td_body, error_code::verify_measurement,
                                     true};
inline constexpr rule tdx_xfam{"tdx.xfam", tdx_policy_clause, error_code::verify_policies, false};
inline constexpr rule tdx_debug{"tdx.debug", td_attribute_clause, error_code::verify_policies,
                                false};
inline constexpr rule tdx_sept_ve{"tdx.sept_ve_disable", td_attribute_clause,
                                  error_code::verify_policies, false};
inline constexpr rule tdx_pks{"tdx.pks", td_attribute_clause, error_code::verify_policies, false};
inline constexpr rule tdx_kl{"tdx.kl", td_attribute_clause, error_code::verify_policies, false};
inline constexpr rule tdx_reserved{"tdx.attributes_reserved", td_attribute_clause,
                                   error_code::verify_policies, false};
inline constexpr rule tdx_register{"tdx.register", "RFC 9334, 8.3 (reference values)",
                                   error_code::verify_measurement, false};
inline constexpr rule tdx_log{"tdx.log", "UEFI 2.10, 38.4.1 (CC measurement registers)",
                              error_code::verify_measurement, false};
inline constexpr rule tdx_event{"tdx.event", "RFC 9334, 8.3 (reference values)",
                                error_code::ref_val_no_match, false};
inline constexpr rule tdx_reference{"tdx.reference", "RFC 9334, 8.3 (reference values)",
                                    error_code::ref_val_not_present, false};

} // namespace troth::appraisal::rules
