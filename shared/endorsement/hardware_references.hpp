#pragma once

#include "shared/base/result.hpp"
#include "shared/evidence/eventlog/log.hpp"
#include "shared/evidence/sgx/quote.hpp"
#include "shared/evidence/snp/report.hpp"
#include "shared/evidence/tdx/quote.hpp"
#include "shared/report/component.hpp"
#include "shared/report/hardware_policy.hpp"

#include <optional>
#include <vector>

// What a manifest says of a guest, an enclave or a trust domain that is to be like one which is
// known to be good. The evidence is taken at its word: whether it is authentic is for its owner to
// know.

namespace troth::endorsement {

/// Reference values of hardware, and what it must be like beside them.
template <class Policy>
struct hardware_references {
  std::vector<report::component> values;
  Policy policy;
};

/// Returns the reference value of the digest of an SNP guest's launch: SHA-384.
report::component launch_digest_value(const digest& is);

/// Returns the reference value of MRTD: SHA-384.
report::component mr_td_value(const digest& is);

/// Describes a guest by its report: its launch digest, its guest policy, and as the lowest firmware
/// and TCB the lowest that its report names.
/// @param line of its processor, where the report does not say; else it must be that one.
/// @returns `missing` without a line, `conflict` for another than the report's.
result<hardware_references<report::snp_policy>>
references_of(const evidence::snp::attestation_report& of,
              std::optional<evidence::snp::product_line> line);

/// Describes an enclave by its quote: MRENCLAVE, MRSIGNER, ISVSVN as the lowest, its attributes.
hardware_references<report::sgx_policy> references_of(const evidence::sgx::quote& of);

/// Describes a trust domain by its quote: MRTD, MRSEAM, owner and configuration, XFAM, attributes.
/// @param log of its RTMRs, as the firmware's CCEL has it; null: none.
/// @returns `missing` if the log lacks SHA-384; `conflict` if it does not lead to an RTMR, or there
///          is none and an RTMR is not zero.
/// @see UEFI 2.10, 38.4.1: register 0 is MRTD, 1 to 4 are the RTMRs
result<hardware_references<report::tdx_policy>>
references_of(const evidence::tdx::quote& of, const evidence::eventlog::event_log* log);

} // namespace troth::endorsement
