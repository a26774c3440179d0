#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/collateral/item.hpp"

#include <vector>

namespace troth::collateral {

/// Puts a PCK certificate before its issuers, DER each.
/// @returns `malformed`.
result<std::vector<bytes>> pck_chain(const item& pck);

} // namespace troth::collateral
