#pragma once

#include <string_view>

// What an Azure confidential virtual machine reports: the hardware's evidence with what its
// paravisor says of itself (`additional`), and a quote of the paravisor's TPM.

namespace troth::report {

inline constexpr std::string_view azure_snp_evidence = "azure SNP Evidence";
inline constexpr std::string_view azure_tdx_evidence = "azure TDX Evidence";
inline constexpr std::string_view azure_tpm_evidence = "azure vTPM Evidence";

} // namespace troth::report
