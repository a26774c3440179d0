#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/evidence/sgx/signature_data.hpp"
#include "shared/evidence/tdx/td_report.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace troth::evidence::tdx {

/// The kinds of body that a quote of version 5 names.
inline constexpr std::uint16_t body_td_1_0 = 2;
inline constexpr std::uint16_t body_td_1_5 = 3;

/// What a trust domain says, signed by the quoting enclave of its platform. Parsed, not yet
/// authenticated.
struct quote {
  sgx::quote_header header;
  std::optional<std::uint16_t> body_type; ///< Of a quote of version 5.
  td_report body;
  sgx::signature_data signed_by;
  bytes signed_bytes;                   ///< Header and body.
  std::size_t signature_data_bytes = 0; ///< As the quote counts them.
  std::size_t trailing_bytes = 0;       ///< Behind the signature data: nobody's word, not kept.
};

/// Parses a TDX quote of version 4 or 5.
///
/// @returns the quote; `unsupported` for another version, body or kind of attestation key;
///          `malformed` for another TEE type or a body whose size is not its kind's; and what
///          `sgx::parse_signature_data` returns.
/// @note Quotes in the field stand in buffers of fixed size: what lies behind the signature data
///       is counted and not looked at. Checks no signature.
/// @see Intel TDX DCAP Quoting Library API, A.3 Version 4 and A.4 Version 5 Quote
result<quote> parse_quote(byte_view input);

} // namespace troth::evidence::tdx
