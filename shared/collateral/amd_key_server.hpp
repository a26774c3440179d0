#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/collateral/depot.hpp"
#include "shared/evidence/snp/report.hpp"

#include <vector>

namespace troth::collateral {

/// Returns the certificates that belong to a report: VCEK, ASK, ARK, DER. AMD's key distribution
/// server (KDS) is asked for those that are not known.
///
/// The VCEK is that of the reported TCB, with which the firmware signs.
///
/// @returns `unsupported` for a report that a VLEK signed, or that names no known processor; what
///          `depot::get` returns.
/// @note Proves nothing: who judges the report verifies the chain.
/// @see AMD 57230, chapter 4
result<std::vector<bytes>> vcek_chain_for(const evidence::snp::attestation_report& report,
                                          depot& from);

/// Puts a VCEK before its authorities, DER each.
/// @returns what `certificates_of` returns of the latter.
result<std::vector<bytes>> vcek_chain(const item& vcek, const item& authorities);

} // namespace troth::collateral
