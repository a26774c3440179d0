#pragma once

#include "shared/base/result.hpp"
#include "shared/codec/signed_token.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace troth::codec {

/// How large a JWT is, unless it carries something large.
inline constexpr std::size_t max_jwt_bytes = std::size_t{1024} * 1024;

/// Reads a JWT: a JWS in the compact serialisation.
///
/// A key or certificate in the header (`jwk`, `x5c`, `jku`, `x5u`) is passed over: whoever wrote
/// the token chose it. What must be understood (`crit`, `b64`) is refused.
///
/// @returns the token; `unsupported` for an algorithm without a public key or unknown to us, and
///          for a header we do not take; `missing`; `malformed`, also for base64url or JSON that is
///          not strict; `too_large` above `max_bytes`.
/// @note Verifies no signature and reads no claim.
/// @see RFC 7515, section 7.1; RFC 7519, section 7.2
result<signed_token> parse_jwt(std::string_view text, std::size_t max_bytes = max_jwt_bytes);

/// Signs `claims`.
/// @param by its certificates are not written.
/// @returns the token; `unsupported` for an algorithm JWS has no name for; what the signer
///          returned.
result<std::string> write_jwt(byte_view claims, const token_header& header, const signer& by);

} // namespace troth::codec
