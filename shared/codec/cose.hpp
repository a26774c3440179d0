#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/codec/signed_message.hpp"

#include <span>

namespace troth::codec {

/// Reads a COSE_Sign message (tag 98) with the payload in it.
///
/// The algorithm counts in a signature's protected header, the certificates (x5chain, 33) in
/// either of its headers. External data is empty. Headers that must be understood (`crit`), and an
/// algorithm or `crit` that is not protected, are refused. The envelope needs definite lengths,
/// and need not be canonical otherwise.
///
/// @returns the message; `unsupported` for another tag, an algorithm or header we do not take;
///          `missing`; `malformed`; `too_large` over a cap; `truncated`, `trailing`.
/// @note Verifies no signature and reads no certificate.
/// @see RFC 9052, sections 3 and 4; RFC 9360, section 2
result<signed_message> parse_cose(byte_view input);

/// Signs `payload` and writes the message, canonical, the certificates as an array.
/// @param signers one at least.
/// @returns the message; `missing` without a signer, `unsupported` for an algorithm COSE has no
///          number for; what a signer returned.
result<bytes> write_cose(byte_view payload, std::span<const signer> signers);

} // namespace troth::codec
