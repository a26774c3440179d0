#pragma once

#include "shared/base/bytes.hpp"
#include "shared/evidence/tdx/quote.hpp"

namespace troth::evidence::tdx {

/// Returns the bytes that `read_td_report` reads: 648 with what TDX 1.5 adds, else 584.
bytes encode(const td_report& report);

/// Returns `signed_bytes`, then the signature data with their length in front.
bytes encode(const quote& of);

} // namespace troth::evidence::tdx
