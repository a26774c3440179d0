#pragma once

#include "shared/device/anchor.hpp"
#include "shared/device/paravisor.hpp"
#include "shared/device/snp_anchor.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace troth::device {

/// Who vouches for the hardware of a machine on Azure, whichever it has.
struct azure_endorsements {
  std::vector<crypto::certificate> snp; ///< VCEK, then ASK; empty: the endorser is asked.
  snp_endorser endorser = nullptr;      ///< Null: nobody is.
  std::function<result<report::intel_collateral>()> intel = nullptr; ///< Likewise, for TDX.
};

/// Makes the anchor of the hardware of a confidential virtual machine on Azure. Its paravisor says
/// which that is, SNP or TDX. The evidence is the hardware's report or quote with the paravisor's
/// claims, which answer the nonce and name the key of the machine's TPM.
///
/// @param are left out: no certificate and no collateral is looked for.
/// @note The machine's TPM is another anchor, see `tpm_choices::kept`; both go into one report.
std::unique_ptr<anchor> make_azure_anchor(std::unique_ptr<paravisor> at,
                                          azure_endorsements vouched_by,
                                          endorsements are = endorsements::carried);

} // namespace troth::device
