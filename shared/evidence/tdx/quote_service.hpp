#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>

// The messages of Intel's quote generation service (QGS), which runs beside trust domains and turns
// their reports into quotes.

namespace troth::evidence::tdx {

/// TDREPORT_STRUCT: what the TDX module says of a trust domain, for this platform alone.
inline constexpr std::size_t tdreport_size = 1024;

inline constexpr std::size_t max_quote_service_message = std::size_t{64} * 1024;

/// Writes the message that asks for the quote of a report.
/// @pre `td_report` has `tdreport_size` bytes
/// @see Intel SGX DCAP, qgs_msg_lib.h: GET_QUOTE_REQ
bytes write_quote_request(byte_view td_report);

/// Takes the quote out of the service's answer.
/// @returns it; `unsupported` for another version or kind of message; `malformed` for sizes that
///          contradict each other, or no quote; `unavailable` if the service says that it failed;
///          `truncated`, `trailing`; `too_large` above `max_quote_service_message`.
/// @see Intel SGX DCAP, qgs_msg_lib.h: GET_QUOTE_RESP
result<bytes> parse_quote_response(byte_view message);

} // namespace troth::evidence::tdx
