#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/report/report.hpp"

namespace troth::metatool {

/// Turns an unsigned metadata item into JSON or CBOR, without loss.
///
/// @returns the item; `unsupported`, with its place, if something in it would not be there
///          afterwards or be written otherwise; what `report::parse_metadata` returns.
result<bytes> convert(byte_view payload, report::encoding to);

} // namespace troth::metatool
