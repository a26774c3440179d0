#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/report/metadata.hpp"
#include "shared/report/report.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The attestation result of cmc, version 3.4.0, as a value, with what we say
// beyond it. One object; `write_result` and others give it its faces.

namespace troth::report {

inline constexpr std::string_view result_version = "3.4.0";

/// Zero refuses, so that a status nobody filled in does not affirm.
enum class status : std::uint8_t { fail, warn, success };

std::string_view name(status value) noexcept;

/// cmc's numeric error codes that we use; the full list is in the reference's enumeration, in
/// order.
enum class error_code : std::uint16_t {
  not_specified = 0,
  ca_fingerprint = 1,
  crl_check_root = 2,
  crl_check_pck = 3,
  crl_check_signing_cert = 4,
  evidence_type = 10,
  expired = 11,
  invalid_cert_level = 14,
  measurement_no_match = 22,
  not_present = 24,
  not_yet_valid = 25,
  parse = 29,
  parse_ar = 30,
  parse_cert = 34,
  parse_tcb_info = 35,
  parse_metadata = 38,
  parse_evidence = 39,
  parse_extensions = 40,
  parse_qe_identity = 41,
  sgx_fmspc_mismatch = 46,
  sgx_pceid_mismatch = 47,
  signature_length = 48,
  policy_not_present = 49,
  ref_val_not_present = 51,
  ref_val_type = 52,
  ref_val_no_match = 53,
  tcb_info_expired = 54,
  tcb_level_unsupported = 55,
  tcb_level_revoked = 56,
  unsupported_algorithm = 57,
  verify_cert_chain = 59,
  verify_pck_chain = 60,
  verify_metadata = 61,
  verify_policies = 62,
  verify_qe_identity = 63,
  verify_signature = 64,
  verify_tcb_chain = 65,
  verify_tcb_info = 66,
  verify_measurement = 67,
  extensions_check = 68,
  pcr_not_specified = 69,
  image_description_not_present = 70,
  unknown_metadata = 71,
  invalid_version = 72,
  no_root_manifest = 73,
  multiple_root_manifests = 74,
  verify_evidence = 75,
  verify_aggregated_sw_hash = 76,
  collateral_not_present = 77,
  parse_key = 80,
  tdx_verification = 82,
  freshness = 83,
  unsupported_context_hash_alg = 84,
  manifest_revoked = 86,
  manifest_revocation_unknown = 87,
  manifest_outdated = 88,
};

/// One check: whether it held, and what was compared.
struct check_result {
  status says = status::fail;
  std::string got;
  std::string expected;
  std::vector<std::string> expected_one_of;
  std::vector<error_code> error_codes;
  std::string details;
};

/// A digest that was seen, or that should have been.
struct digest_result {
  bool success = false;
  bool launched = false;
  std::string_view type; ///< `Verified`, `Measurement` (no reference value), or the trust anchor's
                         ///< name. A literal.
  std::uint64_t index = 0;
  std::optional<digest> value;
  const component* what = nullptr; ///< Its name and description. In `attestation_result::parsed`,
                                   ///< or in an item of `metadata`; null: nothing is known of it.
};

struct signature_result {
  check_result signature;
  check_result chain;
  std::vector<std::vector<crypto::certificate>> certificates; ///< Leaf first.
};

struct tpm_result {
  std::vector<digest_result> pcr_match;
  check_result quote_match; ///< The replayed PCRs against the quote's pcrDigest.
};

/// A version against the lowest that is wanted.
struct version_check {
  bool success = false;
  std::vector<std::uint64_t> claimed = {}; ///< By the policy.
  std::vector<std::uint64_t> measured = {};
};

/// A bit against what it must be.
struct boolean_match {
  bool success = false;
  bool claimed = false; ///< By the policy.
  bool measured = false;
};

/// Each part: the lowest of the four TCBs in the report.
struct snp_tcb_check {
  check_result summary;
  version_check fmc;
  version_check boot_loader;
  version_check tee;
  version_check snp;
  version_check microcode;
};

struct snp_policy_check {
  check_result summary;
  version_check abi;
  boolean_match smt;
  boolean_match migration;
  boolean_match debug;
  boolean_match single_socket;
};

struct snp_result {
  check_result version_match;
  version_check firmware_check;
  snp_tcb_check tcb_check;
  snp_policy_check policy_check;
  std::vector<check_result> extensions_check; ///< What the VEK says, against the report.
};

/// A platform's level against the one of the TCB info that rates it.
struct tcb_level_result {
  std::string_view status; ///< Of platform, quoting enclave and TDX module together.
  std::string date;
  check_result pce_svn;
  std::vector<check_result> sgx_components;
  std::vector<check_result> tdx_components;
};

struct tcb_info_result {
  check_result summary;
  check_result id;
  check_result version;
  tcb_level_result level;
};

struct qe_report_result {
  check_result summary;
  check_result mr_signer;
  check_result isv_prod_id;
  check_result misc_select;
  check_result attributes;
  std::string_view status;
  std::string date;
};

struct sgx_attributes_check {
  boolean_match initted;
  boolean_match debug;
  boolean_match mode_64_bit;
  boolean_match provision_key;
  boolean_match e_init_token;
  boolean_match kss;
  boolean_match legacy;
  boolean_match avx;
};

struct sgx_result {
  check_result version_match;
  tcb_info_result tcb_info;
  qe_report_result qe_report;
  sgx_attributes_check attributes;
};

struct td_attributes_check {
  boolean_match debug;
  boolean_match sept_ve_disable;
  boolean_match pks;
  boolean_match kl;
};

struct tdx_result {
  check_result version_match;
  tcb_info_result tcb_info;
  qe_report_result qe_report;
  td_attributes_check attributes;
  check_result seam_attributes;
  check_result xfam;
  std::vector<digest_result> mr_match;
};

struct measurement_result {
  std::string type; ///< `TPM Result`, `SNP Result`, `SGX Result`, `TDX Result`, `IAS Result`,
                    ///< `SW Result`.
  check_result summary;
  check_result freshness;
  signature_result signature;
  std::vector<digest_result> artifacts;
  std::optional<tpm_result> tpm;
  std::optional<snp_result> snp;
  std::optional<sgx_result> sgx;
  std::optional<tdx_result> tdx;
};

struct metadata_result {
  std::shared_ptr<const metadata_item> item; ///< Null: there is none, or it could not be read.
  check_result summary;
  check_result validity;
  std::vector<signature_result> signatures;
  std::string hash; ///< Hex digest of the signed item, as the report names it.
  std::optional<check_result> status_validity; ///< Of a manifest that names a status server.
  std::optional<check_result> status;
  std::string revocation_time; ///< RFC 3339, of one that is revoked.
  std::string revocation_reason;
};

struct compatibility_result {
  check_result summary;
  std::vector<check_result> description_match;
  std::vector<check_result> manifest_match;
  std::vector<check_result> manifest_compatibility;
};

struct metadata_summary {
  metadata_result image_description;
  std::vector<metadata_result> manifests; ///< Root manifest first.
  std::optional<metadata_result> company_description;
  std::vector<metadata_result> unknown;
  std::vector<metadata_result> statuses; ///< Responses of status servers.
  compatibility_result compatibility;
};

enum class outcome : std::uint8_t { fail, warn, pass, not_checked };

/// Returns `pass`, `warn`, `fail` or `not_checked`.
std::string_view name(outcome value) noexcept;

/// What one rule said. The member `troth` of the result lists them: beyond cmc's format,
/// whose readers skip what they do not know.
struct finding {
  std::string_view rule; ///< Stable id, e.g. `tpm.nonce`.
  outcome says = outcome::fail;
  std::string subject; ///< What was judged, e.g. `TPM Evidence`, `PCR 10`, a manifest's name.
  std::string code;    ///< Stable error code of a failure, e.g. `bad_signature`; empty at a pass.
  std::string got;
  std::string expected;
  std::string_view clause; ///< Where the rule is written.
  std::string detail;
};

/// The version of a metadata item that a device showed.
struct seen_version {
  std::string item; ///< Kind and name.
  time_point version;
};

/// The whole result.
struct attestation_result {
  check_result summary;
  std::string prover_name; ///< As the report claims it.
  std::string verifier_name;
  time_point created;
  check_result freshness;
  std::uint64_t certification_level = 0;
  std::vector<measurement_result> measurements;
  metadata_summary metadata;

  std::string policy;                     ///< The name of the policy that was applied.
  std::string freshness_source;           ///< `challenge` or `caller`: who answers for the nonce.
  std::vector<std::string> caller_inputs; ///< `roots`, `time`: what the caller chose.
  std::vector<finding> findings;          ///< Of every rule, in the order they ran.

  std::string
    device; ///< Hex SHA-256 of the key that signed the evidence; empty: none is certified.
  std::vector<seen_version> versions; ///< Of authentic manifests and descriptions.

  std::shared_ptr<const report> parsed;    ///< What was appraised; null if it could not be read.
  std::shared_ptr<const void> provisioned; ///< What else components above stand in; or null.
};

/// Writes a result in cmc's format 3.4.0 with the member `troth` (a text key in CBOR too):
/// `{policy, freshness, callerInputs, findings}`, whose members and a finding's have numbers from
/// 0 in CBOR, in the order of JSON.
/// @returns JSON text in the reference's member order, or canonical CBOR.
bytes write_result(const attestation_result& value, encoding as);

} // namespace troth::report
