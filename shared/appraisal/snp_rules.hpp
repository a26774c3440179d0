#pragma once

#include "shared/appraisal/rules.hpp"

// What is asked of an AMD SEV-SNP guest. "AMD 56860" is the SEV-SNP firmware ABI specification,
// "AMD 57230" the specification of VCEK certificates and of the key server.

namespace troth::appraisal::rules {

inline constexpr std::string_view snp_abi_report = "AMD 56860, 7.3 ATTESTATION_REPORT";
inline constexpr std::string_view snp_abi_policy = "AMD 56860, 4.3 Guest Policy";
inline constexpr std::string_view snp_abi_tcb = "AMD 56860, 2.2 TCB_VERSION";
inline constexpr std::string_view snp_owner = "policy, snp";

// Who signed.
inline constexpr rule snp_format{"snp.format", snp_abi_report, error_code::parse_evidence, false};
inline constexpr rule snp_vek{"snp.vek", "AMD 57230, 3.1 (VCEK certificate)",
                              error_code::parse_cert, false};
inline constexpr rule snp_chain{"snp.chain", "AMD 57230, 2.1; RFC 5280, 6",
                                error_code::verify_cert_chain, false};
inline constexpr rule snp_ca_fingerprint{"snp.ca_fingerprint", "cmc metadata, caFingerprints",
                                         error_code::ca_fingerprint, true};
inline constexpr rule snp_revocation{"snp.revocation", "AMD 57230, 4.3 (CRL); RFC 5280, 5",
                                     error_code::crl_check_signing_cert, true};
inline constexpr rule snp_signature{"snp.signature", "AMD 56860, 10 (signature formats)",
                                    error_code::verify_signature, false};
inline constexpr rule snp_signing_key{"snp.signing_key",
                                      "AMD 56860, 7.3 ATTESTATION_REPORT.SIGNING_KEY",
                                      error_code::verify_signature, false};
inline constexpr rule snp_csp{"snp.csp", "AMD 58369 (VLEK); policy, snp.cspIds",
                              error_code::extensions_check, true};
inline constexpr rule snp_product{"snp.product", "AMD 56860, 7.3 ATTESTATION_REPORT.CPUID_FAM_ID",
                                  error_code::extensions_check, false};
inline constexpr rule snp_vek_tcb{"snp.vek_tcb", "AMD 57230, 3.1 (TCB extensions)",
                                  error_code::extensions_check, false};
inline constexpr rule snp_chip_id{"snp.chip_id", "AMD 57230, 3.1 (hwID extension)",
                                  error_code::extensions_check, false};
inline constexpr rule snp_report_data{"snp.report_data",
                                      "AMD 56860, 7.3 ATTESTATION_REPORT.REPORT_DATA",
                                      error_code::freshness, false};

// What the manifests demand.
inline constexpr rule snp_policy_present{"snp.policy", "cmc metadata, snpPolicy",
                                         error_code::policy_not_present, false};
inline constexpr rule snp_version{"snp.version", "cmc metadata, snpPolicy.reportMinVersion",
                                  error_code::invalid_version, false};
inline constexpr rule snp_abi{"snp.abi", snp_abi_policy, error_code::verify_policies, false};
inline constexpr rule snp_smt{"snp.smt", snp_abi_policy, error_code::verify_policies, false};
inline constexpr rule snp_migration{"snp.migration", snp_abi_policy, error_code::verify_policies,
                                    false};
inline constexpr rule snp_debug{"snp.debug", snp_abi_policy, error_code::verify_policies, false};
inline constexpr rule snp_single_socket{"snp.single_socket", snp_abi_policy,
                                        error_code::verify_policies, false};
inline constexpr rule snp_product_policy{"snp.product_policy", "cmc metadata, snpPolicy.versions",
                                         error_code::policy_not_present, false};
inline constexpr rule snp_firmware{"snp.firmware", "cmc metadata, snpPolicy.versions.fw",
                                   error_code::verify_policies, false};
inline constexpr rule snp_tcb{"snp.tcb", "cmc metadata, snpPolicy.versions.tcb",
                              error_code::verify_policies, false};
inline constexpr rule snp_reference{"snp.reference", "RFC 9334, 8.3 (reference values)",
                                    error_code::ref_val_not_present, false};
inline constexpr rule snp_measurement{"snp.measurement",
                                      "AMD 56860, 7.3 ATTESTATION_REPORT.MEASUREMENT",
                                      error_code::measurement_no_match, false};

// What must be so, and what the owner of the verifier demands.
inline constexpr rule snp_policy_reserved{"snp.policy_reserved", snp_abi_policy,
                                          error_code::verify_policies, false};
inline constexpr rule snp_cxl{"snp.cxl", snp_abi_policy, error_code::verify_policies, true};
inline constexpr rule snp_tcb_order{"snp.tcb_order", snp_abi_tcb, error_code::verify_policies,
                                    false};
inline constexpr rule snp_vmpl{"snp.vmpl", snp_owner, error_code::verify_policies, true};
inline constexpr rule snp_guest_svn{"snp.guest_svn", snp_owner, error_code::verify_policies, true};
inline constexpr rule snp_host_data{"snp.host_data", snp_owner, error_code::verify_policies, true};
inline constexpr rule snp_id_key{"snp.id_key", snp_owner, error_code::verify_policies, true};
inline constexpr rule snp_author_key{"snp.author_key", snp_owner, error_code::verify_policies,
                                     true};
inline constexpr rule snp_family_id{"snp.family_id", snp_owner, error_code::verify_policies, true};
inline constexpr rule snp_image_id{"snp.image_id", snp_owner, error_code::verify_policies, true};
inline constexpr rule snp_platform{"snp.platform_info",
                                   "AMD 56860, 7.3 ATTESTATION_REPORT.PLATFORM_INFO; policy, snp",
                                   error_code::verify_policies, true};

} // namespace troth::appraisal::rules
