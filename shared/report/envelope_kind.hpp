#pragma once

#include "shared/base/bytes.hpp"

#include <cstdint>

namespace troth::report {

/// What may have a report in it, told by its outermost bytes.
enum class envelope_kind : std::uint8_t {
  none,        ///< A report, or nothing we know.
  cmw_json,    ///< A conceptual message wrapper.
  cmw_cbor,    ///< The same in CBOR.
  claims_json, ///< A claims set (EAT).
  claims_cbor, ///< The same in CBOR, behind the tag of an unprotected one (UCCS).
  jwt,         ///< A JWS in the compact serialisation.
  jws,         ///< A JWS in JSON.
  cose,        ///< A COSE_Sign1, which may stand in the tag of a CWT.
};

/// The bytes of the tag of a UCCS: what is behind them is the claims set.
/// @see RFC 9781, section 3
inline constexpr std::size_t uccs_tag_bytes = 3;

/// Tells what `input` is.
/// @note Reads no further than it must: the parser of that kind says whether it is one.
/// @see RFC 9999, section 3.4
envelope_kind kind_of_envelope(byte_view input);

} // namespace troth::report
