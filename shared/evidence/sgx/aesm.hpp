#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <cstdint>

// The messages of Intel's service for architectural enclaves (AESM), which turns an enclave's
// report into a quote: as much of them as quotes with ECDSA keys need.

namespace troth::evidence::sgx {

inline constexpr std::size_t target_info_size = 512;        ///< TARGETINFO.
inline constexpr std::size_t enclave_report_mac_size = 432; ///< REPORT with its MAC.
inline constexpr std::size_t max_aesm_message = std::size_t{64} * 1024;

/// What the service says of a key that it made, or found.
struct aesm_key {
  bytes target_info;           ///< Of the quoting enclave: for whom the report must be.
  std::size_t key_id_size = 0; ///< That the next request must make room for.
};

/// Asks for the attestation key to be made ready.
/// @param key_id_size 0: how much room it needs is asked for first.
bytes write_key_request(std::size_t key_id_size);

/// Asks how large a quote is.
bytes write_quote_size_request();

/// Asks for a quote. @param report 432 bytes. @param quote_size what the service said.
bytes write_quote_request(byte_view report, std::size_t quote_size);

// The answers. @returns `unavailable` if the service says that it failed, with its error;
// `malformed` for what is no such answer; `truncated`; `too_large` above `max_aesm_message`.

/// @see linux-sgx, messages.proto: InitQuoteExResponse
result<aesm_key> parse_key_answer(byte_view message);

/// @see linux-sgx, messages.proto: GetQuoteSizeExResponse
result<std::size_t> parse_quote_size_answer(byte_view message);

/// Returns the quote without what pads it.
/// @see linux-sgx, messages.proto: GetQuoteExResponse
result<bytes> parse_quote_answer(byte_view message);

} // namespace troth::evidence::sgx
