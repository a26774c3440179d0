#pragma once

#include "shared/base/result.hpp"
#include "shared/endorsement/intel_pck_identity.hpp"
#include "shared/evidence/snp/report.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troth::collateral {

/// Whom something is asked of. Intel serves its root's list from another host than the rest, and
/// PCK certificates under a limit of their own: what strangers' quotes have it asked for does not
/// stop the rest.
enum class service : std::uint8_t { amd = 1, intel, intel_root_list, intel_pck };

/// Returns `amd`, `intel`, `intel-root-list` or `intel-pck`.
std::string_view name(service which) noexcept;

/// What an answer must be.
enum class item_kind : std::uint8_t {
  tcb_info = 1,
  qe_identity,
  revocation_list,
  pck,        ///< The certificate of a platform's key, PEM.
  vek,        ///< The certificate of a chip's key, DER.
  authorities ///< The certificates of who issues those and of its root, PEM.
};

/// Which of its statements Intel is asked for.
struct choices {
  /// `standard` or `early`; only if there is no number.
  std::string update = "standard";
  std::uint64_t evaluation_number = 0; ///< tcbEvaluationDataNumber; 0: as `update` says.
  bool has_root_list_host = false;     ///< Else Intel's root list is where the rest is: a PCCS.
};

/// Something that a vendor's service hands out. Its name says all there is to know of it:
/// `intel.tdx.tcb.50806f000000`, `amd.Milan.vcek.CHIP.TCB`.
struct question {
  std::string name;
  service of = service::amd;
  item_kind kind = item_kind::tcb_info;
  std::string path;           ///< On the service.
  std::string issuers_header; ///< Lower case: where the chain of issuers is; empty: nowhere.
  /// Names of items each of which has the certificates of who signed this one; empty: it has them.
  std::vector<std::string> issued_by;
};

/// Reads the name of an item.
/// @returns what to ask for; `malformed` for what names nothing.
/// @see AMD 57230, chapter 4; Intel PCS API v4
result<question> question_of(std::string_view name, const choices& chosen = {});

// Names of items.

std::string vcek_name(const evidence::snp::attestation_report& report,
                      evidence::snp::product_line line);
std::string authorities_name(evidence::snp::product_line line, evidence::snp::signing_key of);
std::string amd_list_name(evidence::snp::product_line line, evidence::snp::signing_key of);

enum class intel_scope : std::uint8_t { sgx, tdx };

std::string tcb_info_name(intel_scope scope, const std::array<std::uint8_t, 6>& fmspc);
std::string identity_name(intel_scope scope);
std::string pck_name(const endorsement::intel::pck_identity& named);

inline constexpr std::string_view intel_root_list_name = "intel.root-list";
inline constexpr std::string_view platform_list_name = "intel.pck-list.platform";
inline constexpr std::string_view processor_list_name = "intel.pck-list.processor";

} // namespace troth::collateral
