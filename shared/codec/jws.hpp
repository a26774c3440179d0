#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/codec/signed_message.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace troth::codec {

/// Reads a JWS in the general or the flattened JSON serialisation, with the payload in it.
///
/// `alg` and `x5c` count where they are protected. Headers that would make a verifier look for a
/// key elsewhere (`jwk`, `jku`, `x5u`) and extensions that must be understood (`crit`, `b64`) are
/// refused, and so are an unprotected `alg` or `x5c`.
///
/// @returns the message; `unsupported` for an algorithm or header we do not take; `missing`;
///          `malformed`, also for base64 or JSON that is not strict and for a header in both
///          places; `too_large` over a cap; `truncated`, `trailing`.
/// @note Verifies no signature and reads no certificate.
/// @see RFC 7515, sections 4 and 7.2
result<signed_message> parse_jws(std::string_view text);

enum class jws_form : std::uint8_t { general = 1, flattened };

/// Signs `payload` and writes the message, in members' order payload, protected, signature.
/// @param signers one at least; exactly one for the flattened form.
/// @returns the text; `missing` without a signer, `conflict` for several in the flattened form,
///          `unsupported` for an algorithm JWS has no name for; what a signer returned.
result<std::string> write_jws(byte_view payload, std::span<const signer> signers, jws_form form);

} // namespace troth::codec
