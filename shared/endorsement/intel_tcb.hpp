#pragma once

#include "shared/endorsement/intel_pck.hpp"
#include "shared/endorsement/intel_tcb_info.hpp"
#include "shared/evidence/sgx/enclave_report.hpp"
#include "shared/evidence/tdx/td_report.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace troth::endorsement::intel {

using tee_tcb_svn = std::array<std::uint8_t, 16>;

/// Returns the level that rates a platform: the first, in the order of the TCB info, of which the
/// platform has every SVN at least. Levels behind it do not count, whatever they say.
/// @param tdx of the TD; null for SGX. From its index 2 on if its byte 1 is not zero, since then a
///        module identity rates the first two.
/// @returns null if no level fits.
/// @see Intel PCS API v4, Get TCB Info, "Determining TCB status"
const tcb_level* match_level(const tcb_info& info, const pck_tcb& platform, const tee_tcb_svn* tdx);

/// Returns the first level with an SVN up to `isv_svn`; null if there is none.
const svn_level* match_level(std::span<const svn_level> levels, std::uint16_t isv_svn);

/// Returns which module ran a TD: `tdxModule`, or `TDX_03` for major version 3.
std::string module_id(const tee_tcb_svn& svn);

/// Returns what TCB info says of that module; null if it says nothing.
const tdx_module* find_module(const tcb_info& info, const tee_tcb_svn& svn);

/// Returns whether a report is of the enclave that `identity` describes, masks applied.
/// @note Its SVN is rated apart: see `match_level`.
bool is_of_identity(const evidence::sgx::enclave_report& report, const enclave_identity& identity);

/// What the TCB of a quote is made of.
struct tcb_inputs {
  const tcb_info& info;
  const enclave_identity& identity; ///< Of the quoting enclave.
  const pck_tcb& platform;
  std::uint16_t qe_isv_svn;
  const evidence::tdx::td_report* td; ///< Null for SGX.
};

/// What the collateral says of it. Pointers are into the inputs.
struct tcb_evaluation {
  const tcb_level* platform = nullptr;     ///< Null: no level fits.
  const svn_level* qe = nullptr;           ///< Likewise.
  const tdx_module* module = nullptr;      ///< Null for SGX; else: TCB info does not know it.
  const svn_level* module_level = nullptr; ///< Null for `tdxModule`, which has none.
  std::optional<tcb_status> converged;     ///< Of all together; nothing: a part has no level.
  std::vector<std::string> advisories;     ///< Of all of them, each once, in their order.
};

/// Rates the TCB of a quote by Intel's rules.
///
/// @note `Revoked` if a part is. Out of date if the quoting enclave or the TDX module is, and
///       in need of configuration if the platform is. A TD of TDX 1.5 that only was launched
///       under a module out of date, and runs on the newest now, is advised to relaunch.
/// @see Intel PCS API v4, Get TCB Info; Intel SGX and TDX DCAP Quote Verification Library, 4.1.2.5
tcb_evaluation evaluate(const tcb_inputs& in);

} // namespace troth::endorsement::intel
