#pragma once

#include "shared/appraisal/intel_expectations.hpp"
#include "shared/appraisal/snp_expectations.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace troth::appraisal {

/// The name under which the reference's rules are selected.
inline constexpr std::string_view cmc_compat = "cmc-compat";

/// Who must have signed metadata, besides that everybody who did is trusted.
struct signer_condition {
  std::vector<std::string> kinds; ///< `Manifest` and the like; empty: every kind.

  // Of the signer's subject. One of each that is not empty must be there.
  std::vector<std::string> common_names;
  std::vector<std::string> organizations;
  std::vector<std::string> organizational_units;
  std::vector<std::string> countries;

  std::uint64_t minimum = 1; ///< How many such signers an item needs, each with a key of its own.
};

/// Registers of one trust anchor, the last included.
struct register_range {
  std::string anchor; ///< `TPM`, `TDX`, `SNP`, `SGX`, `SW`.
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// What the owner of the verifier decided. The defaults refuse.
struct policy {
  std::string name = "default";
  std::string version; ///< As its author numbers it; may be empty.
  std::string digest;  ///< Hex SHA-256 of the document it was read from; empty: a built-in one.
  std::set<std::string, std::less<>> not_checked; ///< Ids of the rules to leave out.

  std::vector<std::string> required_evidence
    = {"TPM Evidence"};                  ///< Evidence types that must be there.
  bool accept_software_evidence = false; ///< Else an evidence of a software key fails.

  bool accept_simulated_evidence
    = false; ///< Else an evidence of a vendor that is only played fails.

  bool separate_roots = true;      ///< Else metadata roots and AK roots are one pool, as in cmc.
  bool require_signer_eku = true;  ///< Metadata signers need codeSigning.
  bool require_status_eku = true;  ///< Status signers need OCSPSigning.
  std::size_t minimum_signers = 1; ///< Different keys on each manifest and description.
  /// Certificate policies, as dotted OIDs, by kind of item: each must be in the certificate of one
  /// of its signers at least.
  std::map<std::string, std::vector<std::string>, std::less<>> signer_policies;
  bool require_status = false; ///< Each manifest must name a status server.
  std::chrono::seconds maximum_status_age
    = std::chrono::hours{24 * 7}; ///< Of a status without end.
  /// Which registers a manifest may give reference values for, by its name. Empty: as
  /// `firmware_by_root_only` says.
  std::map<std::string, std::vector<register_range>, std::less<>> authority;
  bool firmware_by_root_only = true; ///< Firmware is the root manifest's alone.
  bool require_ak_eku = true;        ///< AK certificates need 2.23.133.8.3.
  bool require_reference_values
    = true; ///< An evidence with neither reference values nor events fails.
  bool accept_provisioned_values = false; ///< Reference values beside those of manifests count.
  bool require_ca_fingerprints = false;   ///< The root manifest must name the TPM's root.

  std::set<std::uint8_t> required_pcrs = {0, 1, 2, 3, 4, 5, 6, 7}; ///< The quote must cover them.
  bool accept_pcr_summary = false; ///< A PCR may come as a final value without its log.

  snp_expectations snp;
  intel_expectations intel; ///< Of SGX and TDX platforms.
  /// For how long what a vendor says counts when it should have been renewed; the result says so.
  std::size_t collateral_grace_hours = 0;

  std::uint64_t minimum_certification_level = 1;
  std::vector<signer_condition> signers; ///< Each must be fulfilled by each item of its kinds.
  std::optional<std::chrono::seconds> maximum_metadata_age; ///< Since its version; nothing: any.

  std::size_t minimum_nonce_bytes = 16;
  std::size_t maximum_nonce_bytes = 64;
};

/// Returns how results name a policy: `name`, or `name@version`.
std::string id_of(const policy& of);

/// Returns the built-in policy of that name: `default` or `cmc-compat`.
/// @returns `not_found` for any other.
result<policy> built_in_policy(std::string_view name);

/// Reads a policy: a JSON object of the members of `policy` in camelCase, on top of the
/// built-in one named by its member `base` (`default` if absent). Unknown members are refused.
/// @returns `malformed`, `unknown_key`, `missing`, `too_large`; `conflict` where no nonce would do.
result<policy> parse_policy(std::string_view json);

} // namespace troth::appraisal
