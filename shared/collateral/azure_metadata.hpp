#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/collateral/http_get.hpp"

#include <string_view>
#include <vector>

// The metadata service of Azure, which each of its machines reaches under one address: it has TD
// reports made quotes, and hands out the certificates of the chip that an SNP guest is on. Others
// sign what it says, so it need not be trusted.

namespace troth::collateral {

inline constexpr std::string_view azure_metadata_service = "http://169.254.169.254";
inline constexpr std::string_view azure_quote_path = "/acc/tdquote";

/// Has a quote made of a TD's report.
/// @param service opened at `azure_quote_path` of the metadata service.
/// @param td_report TDREPORT_STRUCT, 1024 bytes.
/// @returns the quote; `unavailable` for another status than 200; `malformed` for an answer without
///          one; what `http_post` returns.
/// @see Microsoft, Guest attestation for confidential VMs (TDX)
result<bytes> azure_td_quote(const http_post& service, byte_view td_report);

/// Asks for the certificates of the chip: VCEK, ASK, ARK, DER.
/// @param service opened by `open_metadata_service`.
/// @returns them; `unavailable` for another status than 200; `malformed` for another answer; what
///          `http_get` returns.
/// @see Microsoft, Trusted Hardware Identity Management
result<std::vector<bytes>> azure_vcek_chain(const http_get& service);

} // namespace troth::collateral
