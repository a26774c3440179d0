#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

namespace troth::evidence::snp {

/// Takes the report out of what the firmware answers to MSG_REPORT_REQ.
///
/// @param response MSG_REPORT_RSP, with whatever the kernel has behind it.
/// @returns the report, not parsed; `unsupported` with the firmware's status if it gave none;
///          `malformed` for a report of another size than there is; `truncated`.
/// @see AMD 56860, 7.3, table MSG_REPORT_RSP
result<bytes> parse_report_response(byte_view response);

} // namespace troth::evidence::snp
