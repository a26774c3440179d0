#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/codec/json.hpp"

#include <cstdint>
#include <string>

// Claims sets, as JWT and CWT carry them: trees that differ in the labels of their members only.
// Here they are JSON values, in which an integer label of CBOR is written `#` and the number, e.g.
// `#265` for `eat_profile`, and a byte string is binary.

namespace troth::codec {

/// Returns how an integer label is written.
inline std::string claim_label(std::int64_t number) {
  return '#' + std::to_string(number);
}

/// Reads claims in CBOR: any form, indefinite lengths too, which implementations in use write.
/// @returns the tree; `malformed`, also for a label twice and a number above 63 bits; `truncated`,
///          `trailing`; `too_large` if nested deeper than 16.
/// @note Tags are dropped and their content stays. A floating-point number is a zero of that type,
///       which is refused where an integer must be.
/// @see RFC 8392, section 3; RFC 8949, section 3.2
result<nlohmann::json> parse_cbor_claims(byte_view input, std::string_view format);

/// Writes canonical CBOR. @pre no floating-point numbers are in it
bytes write_cbor_claims(const nlohmann::json& claims);

/// Writes JSON. @pre no binary values are in it
std::string write_json_claims(const nlohmann::json& claims);

} // namespace troth::codec
