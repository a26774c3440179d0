#pragma once

#include "shared/base/result.hpp"
#include "shared/collateral/item.hpp"
#include "shared/endorsement/trust_anchors.hpp"

namespace troth::collateral {

/// Checks that an item is of the vendor: signed, when it says it was made, by a chain to one of its
/// roots.
///
/// @param asked what the item answers. @param beside one of the items that `asked.issued_by` names;
///        null: there is none.
/// @param trust whose roots for SNP, SGX and TDX count, and the keys of roots that are pinned.
/// @returns `untrusted`, `bad_signature`, `expired`, `weak`; `missing` without a certificate of who
///          signed it; what the parsers of its kind return.
/// @note A certificate that was taken back is for who judges evidence to find.
result<void> check_origin(const item& of, const question& asked, const item* beside,
                          const endorsement::trust_anchors& trust);

} // namespace troth::collateral
