#pragma once

#include "shared/base/result.hpp"
#include "shared/codec/signed_message.hpp"
#include "shared/codec/signed_token.hpp"

namespace troth::codec {

/// Reads a COSE_Sign1 message (tag 18) with the payload in it, which may stand in a CWT's tag (61).
///
/// Certificates are passed over: whoever wrote the token chose them. Headers that must be
/// understood (`crit`), and an algorithm that is not protected, are refused. The envelope needs
/// definite lengths, and need not be canonical otherwise.
///
/// @returns the token; `unsupported` for another tag, an algorithm or header we do not take;
///          `missing`; `malformed`; `too_large` over a cap; `truncated`, `trailing`.
/// @note Verifies no signature and reads no claim.
/// @see RFC 9052, sections 3 and 4.2; RFC 8392, section 6
result<signed_token> parse_cose_sign1(byte_view input);

/// Reads the same of who is known by certificates, which stand in either header (x5chain, 33).
/// @returns the message, with one signature; as above.
/// @see RFC 9360, section 2
result<signed_message> parse_signed_cose_sign1(byte_view input);

/// Signs `payload` and writes the message, canonical, tagged 18; all headers are protected.
/// @param by its certificates are not written.
/// @returns the message; `unsupported` for an algorithm COSE has no number for; what the signer
///          returned.
result<bytes> write_cose_sign1(byte_view payload, const token_header& header, const signer& by);

} // namespace troth::codec
