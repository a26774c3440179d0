#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/evidence/sgx/enclave_report.hpp"
#include "shared/evidence/sgx/signature_data.hpp"

#include <cstddef>

namespace troth::evidence::sgx {

/// What an enclave says, signed by the quoting enclave of its platform. Parsed, not yet
/// authenticated.
struct quote {
  quote_header header;
  enclave_report body;
  signature_data signed_by;
  bytes signed_bytes;                   ///< Header and body.
  std::size_t signature_data_bytes = 0; ///< As the quote counts them.
  std::size_t trailing_bytes = 0;       ///< Behind the signature data: nobody's word, not kept.
};

/// Parses an SGX quote of version 3.
///
/// @returns the quote; `unsupported` for another version or another kind of attestation key;
///          `malformed` where bytes are not zero that must be, the TEE type among them; and what
///          `parse_signature_data` returns.
/// @note Quotes in the field stand in buffers of fixed size: what lies behind the signature data
///       is counted and not looked at. Checks no signature.
/// @see Intel SGX ECDSA QuoteLibReference DCAP API, A.4 Version 3 Quote
result<quote> parse_quote(byte_view input);

} // namespace troth::evidence::sgx
